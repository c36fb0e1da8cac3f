-- Give a job up for immediate takeover: its entry looks as if nobody had renewed it for a day.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- ARGV[1] -> group
-- ARGV[2] -> entry id
-- ARGV[3] -> epoch
--
-- Returns: 1, or 0 if the job is no longer this claim's
if not owns(KEYS[1], ARGV[3], ARGV[2]) then
  return 0
end
hand_back(KEYS[2], ARGV[1], ARGV[2], DAY)
return 1
