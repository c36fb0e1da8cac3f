-- Cancel a job: settle it now, or, while its submit is under way, as soon as that is over.  A job that
-- Redis takes for unpaid, where it may have forgotten a payment, is settled by who claims it next.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:completions
-- KEYS[4] -> {ns}:busy:<user_id>
-- KEYS[5] -> {ns}:history
-- ARGV[1] -> group
-- ARGV[2] -> the completion if nothing was paid, JSON
-- ARGV[3] -> the completion if it was paid, JSON
-- ARGV[4] -> completions channel
-- ARGV[5] -> seconds the record is kept
-- ARGV[6] -> milliseconds a completion is kept in the stream
-- ARGV[7] -> about how many completions the stream keeps
-- ARGV[8..] -> the providers that take no money
--
-- Returns: {"settled", the completion's entry id, the completion, and what is known of the job, as `tell`
--           has it} | {"noted"} | {"none"} if there is nothing to cancel
local job = KEYS[1]
if not is_record(job) then
  return {'none'}
end
local known = redis.call('HMGET', job, 'stage', 'version', 'provider')
local stage, provider = known[1], known[3] or ''
if not stage or stage == 'settled' then
  return {'none'}
end
-- Where no worker ever opened the history, nobody has claimed or paid anything.
local opened = redis.call('EXISTS', KEYS[5]) == 1
local unsure = stage == 'accepted' and opened and waiting(KEYS[5]) ~= 0
if stage == 'paying' or unsure or is_foreign(stage, known[2]) then
  redis.call('HSET', job, 'cancelled', 1)
  return {'noted'}
end
-- The owner, if there is one, must notice that the job is no longer its own.
redis.call('HINCRBY', job, 'epoch', 1)
local paid = stage == 'paid'
for i = 8, #ARGV do
  paid = paid and ARGV[i] ~= provider
end
local completion = paid and ARGV[3] or ARGV[2]
local entry = close(job, KEYS[2], KEYS[3], KEYS[4], ARGV[1], completion, ARGV[4], ARGV[5], ARGV[6],
  ARGV[7])
drop_picture(job, KEYS[2], KEYS[4])
return {'settled', entry, completion, unpack(tell(job))}
