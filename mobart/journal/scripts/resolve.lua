-- Take a settled job out of doubt, as an operator says: nothing was bought, or nobody will know.
--
-- A ticket that turns up later all the same is still adopted: `in_doubt` stays.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:completions
-- KEYS[3] -> {ns}:spent
-- KEYS[4] -> {ns}:spent:<user_id>
-- KEYS[5] -> {ns}:money
-- ARGV[1] -> the corrected completion if nothing was bought, JSON, or ""
-- ARGV[2] -> completions channel
-- ARGV[3] -> milliseconds a completion is kept in the stream
-- ARGV[4] -> about how many completions the stream keeps
--
-- Returns: 1, or 0 if it is not in doubt (any more)
local job = KEYS[1]
if not is_record(job) then
  return 0
end
local known = redis.call('HMGET', job, 'stage', 'in_doubt', 'resolved', 'paying_at', 'price')
if known[1] ~= 'settled' or not known[2] or known[3] then
  return 0
end
if ARGV[1] == '' then
  redis.call('HSET', job, 'resolved', 'given_up')
  return 1
end
demand_telling(KEYS[2], ARGV[2])
demand({'HSET', job, 'resolved', ''}, {'DECR', KEYS[3]}, {'HDEL', job, 'price'})
local told = append(KEYS[2], ARGV[1], ARGV[3], ARGV[4])
redis.call('HSET', job, 'resolved', 'unpaid', 'completion', ARGV[1], 'told', told)
redis.call('PUBLISH', ARGV[2], ARGV[1])
if known[4] then
  give_back(known[4], KEYS[3], KEYS[4], KEYS[5], known[5])
  redis.call('HDEL', job, 'price')
end
return 1
