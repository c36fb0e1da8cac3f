-- Answer a message whose request_id belongs to another request, or to data that are none of ours: on the
-- channel only, so that whatever is stored under that id stays.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:refusal:<digest of the message>
-- ARGV[1] -> fingerprint of the message, "" if it is no request
-- ARGV[2] -> the failed message, JSON
-- ARGV[3] -> completions channel
-- ARGV[4] -> milliseconds within which the same message is answered once
--
-- Returns: 1 if it was announced, 0 if not: the id is free, the message is the first request itself
--          sent again, or it was answered a moment ago
local kind = redis.call('TYPE', KEYS[1]).ok
local known = kind == 'hash' and redis.call('HGET', KEYS[1], 'fingerprint')
if kind == 'none' or (kind == 'hash' and (not known or known == ARGV[1])) then
  return 0
end
demand({'PUBLISH', ARGV[3], ''})
if not redis.call('SET', KEYS[2], 1, 'NX', 'PX', ARGV[4]) then
  return 0
end
redis.call('PUBLISH', ARGV[3], ARGV[2])
return 1
