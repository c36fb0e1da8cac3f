-- Announce a refusal: once, however many workers heard the message, and never over an accepted job.
--
-- KEYS[1] -> {ns}:refusal:<digest of the message>
-- KEYS[2] -> {ns}:job:<request_id>
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:blocked:<user_id>
-- KEYS[5] -> {ns}:suspended:<user_id>
-- ARGV[1] -> the failed message, JSON
-- ARGV[2] -> completions channel
-- ARGV[3] -> milliseconds within which the same message heard again is one
-- ARGV[4] -> about how many completions the stream keeps
-- ARGV[5] -> how many blocked requests suspend a user; 0 if this one was not blocked
-- ARGV[6] -> milliseconds of a user's first suspension
--
-- Returns: 1 if it was announced, 0 if not
if redis.call('EXISTS', KEYS[2]) == 1 then
  return 0
end
if not redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[3]) then
  return 0
end
count_offence(KEYS[2], KEYS[4], KEYS[5], tonumber(ARGV[5]), tonumber(ARGV[6]))
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'completion', ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[1])
return 1
