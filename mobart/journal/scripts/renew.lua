-- Renew the leases of one worker's jobs.
--
-- The lease is the entry's idle time in the group; claiming it anew sets that to zero.  Only the
-- owner of the current epoch may do so, or a worker that woke up late would take its job back from
-- whoever rescued it.
--
-- KEYS[1]   -> {ns}:requests
-- KEYS[2..] -> {ns}:job:<request_id>, one for each job
-- ARGV[1]   -> group
-- ARGV[2]   -> consumer
-- ARGV[3..] -> entry id, epoch; two for each job, in the order of the keys
--
-- Returns: for each job 1 (renewed), 0 (lost) or -1 (its record is gone)
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local answers = {}
for i = 2, #KEYS do
  local entry, epoch = ARGV[2 * i - 1], ARGV[2 * i]
  if redis.call('EXISTS', KEYS[i]) == 0 then
    answers[#answers + 1] = -1
  elseif not owns(KEYS[i], epoch, entry) then
    answers[#answers + 1] = 0
  else
    answers[#answers + 1] = hold(KEYS[i], stream, group, consumer, entry) and 1 or 0
  end
end
return answers
