-- Take the right to pay, renew the lease and count the purchase, in one step.  A job gets this right
-- once, until it is given back.
--
-- Each call that a worker makes has a number, higher than any right that the job had: a copy of it that
-- arrives late, when that right was given back, takes none.  Where the answer to a call was lost, the
-- next one may be for another provider; the right is then for that one, as nothing was sent yet.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:spent
-- KEYS[4] -> {ns}:spent:<user_id>
-- KEYS[5] -> {ns}:busy:<user_id>
-- KEYS[6] -> {ns}:paused
-- KEYS[7] -> {ns}:suspended:<user_id>
-- KEYS[8] -> {ns}:history
-- KEYS[9] -> {ns}:money
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> entry id
-- ARGV[4] -> epoch
-- ARGV[5] -> how many unsettled purchases a user may have; 0 for any number, as below
-- ARGV[6] -> how many purchases a user may make a day
-- ARGV[7] -> how many purchases all may make a day
-- ARGV[8] -> how many millionths of a USD all may spend a day
-- ARGV[9] -> the provider that is to be paid
-- ARGV[10] -> what that costs, in millionths of a USD; "" if nobody knows
-- ARGV[11] -> the number of this call
--
-- Returns: "stored", also if this call had taken it before | "forbidden" (the job was cancelled)
--          | "suspended" (the user) | "busy" | "quota" | "budget" | "money" (that limit is reached)
--          | "paused"
--          | "waiting" (Redis may have forgotten that somebody else paid) | "lost" | "gone"
local job, stream, entry, epoch = KEYS[1], KEYS[2], ARGV[3], ARGV[4]
if not is_record(job) then
  return 'gone'
end
if not owns(job, epoch, entry) then
  return 'lost'
end
if not hold(job, stream, ARGV[1], ARGV[2], entry) then
  return 'lost'
end

local function excess()
  free(KEYS[5], 'zset')
  free(KEYS[9], 'hash')
  local busy, quota, budget = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  -- A job that never ended, as where its record was deleted, must not count against its user for ever.
  redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now() - DAY)
  if redis.call('EXISTS', KEYS[7]) == 1 then
    return 'suspended'
  elseif busy > 0 and redis.call('ZCARD', KEYS[5]) >= busy then
    return 'busy'
  elseif quota > 0 and count_of(KEYS[4]) >= quota then
    return 'quota'
  elseif budget > 0 and count_of(KEYS[3]) >= budget then
    return 'budget'
  end
  local money, used = tonumber(ARGV[8]), tonumber(redis.call('HGET', KEYS[9], 'micros') or 0)
  if money > 0 and used + (tonumber(ARGV[10]) or 0) > money then
    return 'money'
  end
end

local known = redis.call('HMGET', job, 'stage', 'payer', 'cancelled', 'right')
local mine = known[1] == 'paying' and known[2] == epoch
local number, last = tonumber(ARGV[11]), tonumber(known[4] or 0)
if number < last or (number == last and not mine) then
  return 'lost'
end
-- Only a right that is taken now has to wait, and is counted and limited: one that this claim took by a
-- call whose answer was lost was so then, and is not refused a second time.
if known[1] == 'accepted' and waiting(KEYS[8]) ~= 0 then
  return 'waiting'
end
if known[1] == 'accepted' and known[3] then
  return 'forbidden'
elseif known[1] == 'accepted' then
  if is_paused(KEYS[6], job) then
    return 'paused'
  end
  local limit = excess()
  if limit then
    return limit
  end
  reserve(job, KEYS[3], KEYS[4], KEYS[5], KEYS[9], ARGV[10], now())
elseif mine and number > last then  -- perhaps for another provider, at another price
  charge(job, KEYS[9], ARGV[10])
elseif not mine then
  return 'lost'
end
if number > last then
  redis.call('HSET', job, 'stage', 'paying', 'payer', epoch, 'right', ARGV[11], 'paying_at', now(),
    'provider', ARGV[9])
end
return 'stored'
