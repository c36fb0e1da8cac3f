-- Write again what Redis lost of a job while a worker was busy with it.
--
-- Nobody owns the job afterwards: it goes back into the stream, and its next owner goes on where this
-- one was.  The record may be missing, may be that of an earlier moment (also one at which the claim
-- had been made already), or may be a new one, where the request was received again after the loss.
-- It must not be taken for a loss when another worker took the job over.  What tells these apart:
--   - an older epoch than the claim's: the claim itself was lost, and more with it;
--   - the claim's epoch: nobody else can have written, so a stage behind the worker's was lost;
--   - a newer epoch: a take-over, and its owner knows of the payment.  If the record is unpaid, its owner
--     cannot know, and must not pay;
--   - but a payment that was disproved is over, whoever remembers it, and so is a ticket that was another job's.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:spent
-- KEYS[4] -> {ns}:spent:<user_id>
-- KEYS[5] -> {ns}:busy:<user_id>
-- KEYS[6] -> {ns}:money
-- ARGV[1] -> the request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> group
-- ARGV[4..] -> what the worker knows of the job, as `hear` has it
--
-- Returns: 1, or 0 if nothing was lost
local job, stream, told, time = KEYS[1], KEYS[2], hear(4), now()
local stage, epoch, payer, right = told.stage, told.epoch, told.payer, told.right
free(job, 'hash')
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'epoch', 'entry', 'disowned')

local function lost()
  local apart = tonumber(known[3]) - tonumber(epoch)
  -- A stage that only a newer version knows counts as the last: its record is left alone.
  local theirs, ours = STAGES[known[2]] or STAGES.settled, STAGES[stage]
  local their_payer, their_right = right_of(job)
  local other = their_payer ~= payer or their_right ~= right
  if known[1] ~= ARGV[2] or theirs == STAGES.settled or is_disproved(job, payer, right) then
    return false
  elseif known[5] and known[5] == told.ticket then
    return false
  elseif apart < 0 then
    return theirs < ours or (ours > STAGES.accepted and other)
  end
  -- Another payment that is under way is too late to stop.
  return theirs < ours and (theirs == STAGES.accepted or not other)
end

if not known[1] then
  local entry = redis.call('XADD', stream, '*', 'request', ARGV[1])
  begin(job, ARGV[1], ARGV[2], entry, told.heard_at or told.claimed_at or time)
elseif not lost() then
  return 0
elseif has(stream, known[4]) then
  hand_back(stream, ARGV[3], known[4], DAY)
else
  put_back(job, stream)
end
-- Where the record is further than that, it has counted its purchase, this one or another.
if payer ~= '0' and (not known[1] or known[2] == 'accepted') then
  reserve(job, KEYS[3], KEYS[4], KEYS[5], KEYS[6], told.price or '', told.paying_at or time)
end
local last = math.max(tonumber(known[3] or 0), tonumber(epoch))
remember(job, told, stream)
redis.call('HSET', job, 'epoch', next_epoch(last))
return 1
