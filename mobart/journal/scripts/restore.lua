-- Write a job again that Redis lost (restarted without its data) while a worker was busy with it.
--
-- It is put back into the stream: its next owner goes on where this one was.  Where the request was
-- heard again after the loss, the new record lacks the payment and gets it, in an epoch that nobody
-- owns.  (Nothing goes back from paying within an epoch, and epochs only grow: that is how such a
-- record is told from that of a job which another worker took over.)
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:spent
-- KEYS[4] -> {ns}:spent:<user_id>
-- KEYS[5] -> {ns}:busy:<user_id>
-- ARGV[1] -> the request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> stage
-- ARGV[4] -> epoch
-- ARGV[5] -> payer
-- ARGV[6] -> provider, or ""
-- ARGV[7] -> ticket, or ""
-- ARGV[8] -> "1" if the job is a correction, or ""
-- ARGV[9] -> entry id of the claim
--
-- Returns: 1, or 0 if there is nothing to restore
local job, stage, epoch, time = KEYS[1], ARGV[3], tonumber(ARGV[4]), now()
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'epoch', 'entry')
if not known[1] then
  local entry = redis.call('XADD', KEYS[2], '*', 'request', ARGV[1])
  redis.call('HSET', job, 'request', ARGV[1], 'fingerprint', ARGV[2], 'entry', entry,
    'heard_at', time, 'accepted_at', time)
else
  local unpaid = known[2] == 'accepted' and stage ~= 'accepted'
  local newer = tonumber(known[3]) <= epoch and known[4] ~= ARGV[9]
  if known[1] ~= ARGV[2] or not unpaid or not newer then
    return 0
  end
  epoch = epoch + 1
end
redis.call('HSET', job, 'stage', stage, 'epoch', epoch, 'payer', ARGV[5], 'claimed_at', time)
if ARGV[8] ~= '' then
  redis.call('HSET', job, 'correction', ARGV[8])
end
if stage ~= 'accepted' then
  redis.call('HSET', job, 'paying_at', time)
  reserve(job, KEYS[3], KEYS[4], KEYS[5])
end
if ARGV[6] ~= '' then
  redis.call('HSET', job, 'provider', ARGV[6])
end
if ARGV[7] ~= '' then
  redis.call('HSET', job, 'ticket', ARGV[7], 'paid_at', time)
end
return 1
