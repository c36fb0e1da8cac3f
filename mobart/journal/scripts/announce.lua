-- Announce a stored outcome again, wherever it went the first time: on the channel, and in the
-- completions stream, from which the callbacks to the backend are made.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:completions
-- KEYS[3] -> {ns}:index:undelivered
-- ARGV[1] -> completions channel
-- ARGV[2] -> milliseconds a completion is kept in the stream
-- ARGV[3] -> about how many completions the stream keeps
-- ARGV[4] -> the request_id
--
-- Returns: 1, or 0 if there is no outcome
demand_telling(KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[4])
if not is_record(KEYS[1]) then
  return 0
end
local known = redis.call('HMGET', KEYS[1], 'stage', 'completion')
if known[1] ~= 'settled' or not known[2] then
  return 0
end
replay(ARGV[1], known[2])
append(KEYS[2], as_duplicate(known[2]), ARGV[2], ARGV[3])
return 1
