-- Renew the leases of one worker's jobs.
--
-- The lease is the entry's idle time in the group; claiming it anew sets that to zero.  Only the
-- owner of the current epoch may do so, or a worker that woke up late would take its job back from
-- the worker that rescued it.
--
-- KEYS[1]   -> {ns}:requests
-- KEYS[2..] -> {ns}:job:<request_id>, one for each job
-- ARGV[1]   -> group
-- ARGV[2]   -> consumer
-- ARGV[3..] -> entry id, epoch, stage; three for each job, in the order of the keys
--
-- Returns: for each job 2 (renewed), 1 (renewed, but its record is behind that stage: Redis forgot
--          what happened last), 0 (lost) or -1 (its record is gone)
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local answers = {}
for i = 2, #KEYS do
  local entry, epoch, stage = ARGV[3 * i - 3], ARGV[3 * i - 2], ARGV[3 * i - 1]
  if not is_record(KEYS[i]) then
    answers[#answers + 1] = -1
  elseif not owns(KEYS[i], epoch, entry) or not hold(KEYS[i], stream, group, consumer, entry) then
    answers[#answers + 1] = 0
  else
    local behind = STAGES[redis.call('HGET', KEYS[i], 'stage')] < STAGES[stage]
    answers[#answers + 1] = behind and 1 or 2
  end
end
return answers
