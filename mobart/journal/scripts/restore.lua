-- Write again what Redis lost of a job while a worker was busy with it.
--
-- Nobody owns the job afterwards: it goes back into the stream, and its next owner goes on where this
-- one was.  The record may be missing, may be that of an earlier moment (also one at which the claim
-- had been made already), or may be a new one, where the request was received again after the loss.
-- It must not be taken for a loss when another worker took the job over.  What tells these apart:
--   - an older epoch than the claim's: the claim itself was lost, and more with it;
--   - the claim's epoch: nobody else can have written, so a stage behind the worker's was lost;
--   - a newer epoch: a take-over, and its owner knows of the payment, or has disproved it.  If the
--     record is unpaid and that payment was never disproved, its owner cannot know, and must not pay.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:spent
-- KEYS[4] -> {ns}:spent:<user_id>
-- KEYS[5] -> {ns}:busy:<user_id>
-- KEYS[6] -> {ns}:money
-- ARGV[1] -> the request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> stage
-- ARGV[4] -> epoch
-- ARGV[5] -> payer
-- ARGV[6] -> provider, or ""
-- ARGV[7] -> ticket, or ""
-- ARGV[8] -> "1" if the job is a correction, or ""
-- ARGV[9] -> group
-- ARGV[10] -> its price, in millionths of a USD, or ""
--
-- Returns: 1, or 0 if nothing was lost
local job, stream, stage, epoch, payer = KEYS[1], KEYS[2], ARGV[3], ARGV[4], ARGV[5]
local time = now()
free(job, 'hash')
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'epoch', 'entry', 'payer', 'disproved')

local function lost()
  local apart = tonumber(known[3]) - tonumber(epoch)
  local theirs, ours = STAGES[known[2]] or STAGES.settled, STAGES[stage]
  if known[1] ~= ARGV[2] or theirs == STAGES.settled then
    return false
  elseif apart < 0 then
    return theirs < ours or (ours > STAGES.accepted and known[5] ~= payer)
  elseif theirs >= ours or (theirs > STAGES.accepted and known[5] ~= payer) then
    return false  -- the latter: another payment is under way, too late to stop it
  end
  return apart == 0 or known[6] ~= payer
end

if not known[1] then
  local entry = redis.call('XADD', stream, '*', 'request', ARGV[1])
  begin(job, ARGV[1], ARGV[2], entry, time)
elseif not lost() then
  return 0
elseif has(stream, known[4]) then
  hand_back(stream, ARGV[9], known[4], DAY)
else
  put_back(job, stream)
end
if stage ~= 'accepted' and (not known[1] or known[2] == 'accepted') then
  reserve(job, KEYS[3], KEYS[4], KEYS[5], KEYS[6], ARGV[10])
  redis.call('HSET', job, 'paying_at', time)
end
local last = math.max(tonumber(known[3] or 0), tonumber(epoch))
redis.call('HSET', job, 'stage', stage, 'epoch', next_epoch(last), 'payer', payer)
redis.call('HSETNX', job, 'claimed_at', time)
if ARGV[8] ~= '' then
  redis.call('HSET', job, 'correction', ARGV[8])
end
if ARGV[6] ~= '' then
  redis.call('HSET', job, 'provider', ARGV[6])
end
if ARGV[7] ~= '' then
  redis.call('HSET', job, 'ticket', ARGV[7], 'paid_at', time)
end
return 1
