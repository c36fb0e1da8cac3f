-- Give the right to pay back: it is proven that nothing was accepted, or the operator decided so.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:spent
-- KEYS[3] -> {ns}:spent:<user_id>
-- KEYS[4] -> {ns}:busy:<user_id>
-- KEYS[5] -> {ns}:money
-- ARGV[1] -> entry id
-- ARGV[2] -> epoch
-- ARGV[3] -> whose right it is: the epoch that took it
-- ARGV[4] -> its number; a copy of this call that arrives when the next right was taken gives back none
-- ARGV[5] -> "1" if it is proven, so that it no longer counts as bought
--
-- Returns: "stored", also if it was given back before | "cancelled" (stored, and the job was
--          cancelled while the submit was under way) | "lost" | "gone"
local job = KEYS[1]
if not is_record(job) then
  return 'gone'
end
if not owns(job, ARGV[2], ARGV[1]) then
  return 'lost'
end
local known = redis.call('HMGET', job, 'stage', 'cancelled', 'paying_at', 'price')
local payer, right = right_of(job)
if known[1] == 'paying' and payer == ARGV[3] and right == ARGV[4] then
  disprove(job)
  redis.call('HSET', job, 'stage', 'accepted', 'payer', 0)
  redis.call('HDEL', job, 'paying_at', 'provider', 'price')
  free(KEYS[4], 'zset')
  redis.call('ZREM', KEYS[4], job)
  if ARGV[5] == '1' then
    give_back(known[3], KEYS[2], KEYS[3], KEYS[5], known[4])
  end
elseif known[1] ~= 'accepted' then
  return 'lost'
end
return known[2] and 'cancelled' or 'stored'
