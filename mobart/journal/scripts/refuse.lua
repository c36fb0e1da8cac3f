-- Announce a refusal: once, however many workers received the message, and never over an accepted
-- job.  It can be read for a while, where the outcome of a request would be, and sent again corrected
-- under the same id.
--
-- KEYS[1] -> {ns}:refusal:<digest of the message>
-- KEYS[2] -> {ns}:job:<request_id>
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:blocked:<user_id>
-- KEYS[5] -> {ns}:suspended:<user_id>
-- KEYS[6] -> {ns}:refused:<request_id>
-- KEYS[7] -> {ns}:refusals:<user_id>
-- ARGV[1] -> the failed message, JSON
-- ARGV[2] -> completions channel
-- ARGV[3] -> milliseconds within which the same message received again is one
-- ARGV[4] -> about how many completions the stream keeps
-- ARGV[5] -> how many blocked requests suspend a user; 0 if this one was not blocked
-- ARGV[6] -> milliseconds of a user's first suspension
-- ARGV[7] -> milliseconds a completion is kept in the stream
-- ARGV[8] -> seconds the refusal can be read
-- ARGV[9] -> how many refusals of one user go into the stream within that time: a flood of them must
--            not push out what other users wait for
-- ARGV[10] -> "1" if the id is one that a request could have
--
-- Returns: 1 if it was announced, 0 if not
if is_taken(KEYS[2]) then
  return 0
end
demand_telling(KEYS[3], ARGV[2])
demand({'SET', KEYS[1], 1}, {'HSET', KEYS[2], 'completion', ''}, {'EXPIRE', KEYS[2], 1}, {'INCR', KEYS[7]})
if not redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[3]) then
  return 0
end
count_offence(KEYS[2], KEYS[4], KEYS[5], tonumber(ARGV[5]), tonumber(ARGV[6]))
redis.call('SET', KEYS[6], ARGV[1], 'EX', ARGV[8])
if ARGV[10] == '1' then
  free(KEYS[2], 'hash')
  redis.call('HSET', KEYS[2], 'completion', ARGV[1], 'refused_at', now())
  redis.call('EXPIRE', KEYS[2], ARGV[8])
end
count_of(KEYS[7])
local refusals = redis.call('INCR', KEYS[7])
if refusals == 1 then
  redis.call('EXPIRE', KEYS[7], ARGV[8])
end
if refusals <= tonumber(ARGV[9]) then
  append(KEYS[3], ARGV[1], ARGV[7], ARGV[4])
end
redis.call('PUBLISH', ARGV[2], ARGV[1])
return 1
