-- Settle a job and announce its outcome, in one step: however many workers try, it is announced once.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:busy:<user_id>
-- KEYS[5] -> {ns}:blocked:<user_id>
-- KEYS[6] -> {ns}:suspended:<user_id>
-- KEYS[7] -> {ns}:money
-- ARGV[1] -> group
-- ARGV[2] -> entry id
-- ARGV[3] -> epoch
-- ARGV[4] -> the completion, JSON
-- ARGV[5] -> completions channel
-- ARGV[6] -> "1" if nobody knows whether it was paid
-- ARGV[7] -> seconds the record is kept
-- ARGV[8] -> milliseconds a completion is kept in the stream
-- ARGV[9] -> about how many completions the stream keeps
-- ARGV[10] -> how many blocked requests suspend a user; 0 if this one was not blocked
-- ARGV[11] -> milliseconds of a user's first suspension
-- ARGV[12] -> what was spent, in millionths of a USD; "" if nobody knows better than before
-- ARGV[13] -> "1" if its asset is stored
--
-- Returns: {"stored", the completion's entry id}, also if this epoch had settled it before
--          | {"lost"} | {"gone"}
local job = KEYS[1]
if not is_record(job) then
  return {'gone'}
end
if not owns(job, ARGV[3], ARGV[2]) then
  local known = redis.call('HMGET', job, 'epoch', 'entry', 'stage')
  local mine = known[1] == ARGV[3] and known[2] == ARGV[2] and known[3] == 'settled'
  return mine and {'stored', redis.call('HGET', job, 'told') or ''} or {'lost'}
end
if ARGV[6] == '1' then
  redis.call('HSET', job, 'in_doubt', 1)
end
charge(job, KEYS[7], ARGV[12])
count_offence(job, KEYS[5], KEYS[6], tonumber(ARGV[10]), tonumber(ARGV[11]))
local told = close(job, KEYS[2], KEYS[3], KEYS[4], ARGV[1], ARGV[4], ARGV[5], ARGV[7], ARGV[8],
  ARGV[9])
if ARGV[13] == '1' then
  drop_picture(job, KEYS[2], KEYS[4])
end
return {'stored', told}
