-- Take the right to pay, and renew the lease in the same step.  A job gets this right once.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> entry id
-- ARGV[4] -> epoch
--
-- Returns: "stored", also if this epoch had taken it before | "forbidden" (the job was cancelled)
--          | "lost" | "gone"
local job, stream, entry, epoch = KEYS[1], KEYS[2], ARGV[3], ARGV[4]
if redis.call('EXISTS', job) == 0 then
  return 'gone'
end
if not owns(job, epoch, entry) then
  return 'lost'
end
if not hold(job, stream, ARGV[1], ARGV[2], entry) then
  return 'lost'
end
local known = redis.call('HMGET', job, 'stage', 'payer', 'cancelled')
if known[1] == 'accepted' and known[3] then
  return 'forbidden'
elseif known[1] == 'accepted' then
  redis.call('HSET', job, 'stage', 'paying', 'payer', epoch, 'paying_at', now())
elseif known[1] ~= 'paying' or known[2] ~= epoch then
  return 'lost'
end
return 'stored'
