-- Give the right to pay back: it is proven that nothing was accepted, or the operator decided so.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- ARGV[1] -> entry id
-- ARGV[2] -> epoch
--
-- Returns: "stored", also if it was given back before | "cancelled" (stored, and the job was
--          cancelled while the submit was under way) | "lost" | "gone"
local job = KEYS[1]
if redis.call('EXISTS', job) == 0 then
  return 'gone'
end
if not owns(job, ARGV[2], ARGV[1]) then
  return 'lost'
end
local known = redis.call('HMGET', job, 'stage', 'cancelled')
if known[1] == 'paying' then
  redis.call('HSET', job, 'stage', 'accepted', 'payer', 0)
  redis.call('HDEL', job, 'paying_at')
elseif known[1] ~= 'accepted' then
  return 'lost'
end
return known[2] and 'cancelled' or 'stored'
