-- Put a stored outcome into the completions stream once more, marked as a duplicate: its request was
-- repeated, and whoever does not hear the channel reads there, webhooks included.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:completions
-- ARGV[1] -> milliseconds within which this is done once, so that a backend which asks in a loop does
--            not push out what others wait for
-- ARGV[2] -> milliseconds a completion is kept in the stream
-- ARGV[3] -> about how many completions the stream keeps
--
-- Returns: 1, or 0 if there is no outcome, or it was done a moment ago
if not is_record(KEYS[1]) then
  return 0
end
local known, time = redis.call('HMGET', KEYS[1], 'stage', 'completion', 'resent_at'), now()
if known[1] ~= 'settled' or not known[2] or math.abs(time - tonumber(known[3] or 0)) < tonumber(ARGV[1]) then
  return 0
end
demand({'XADD', KEYS[2], '*', 'completion', ''})
redis.call('HSET', KEYS[1], 'resent_at', time)
append(KEYS[2], as_duplicate(known[2]), ARGV[2], ARGV[3])
return 1
