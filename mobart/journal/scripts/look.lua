-- Read how far others are with requests that a worker accepted.
--
-- KEYS[i] -> {ns}:job:<request_id> of the i-th request
--
-- Returns: for each what is known of the job, as `tell` has it, its stage first; "gone" where it has no
--          record; nothing of one that nobody paid for, or that a newer version wrote
local answers = {}
for i, job in ipairs(KEYS) do
  local known = redis.call('TYPE', job).ok == 'hash' and redis.call('HMGET', job, 'stage', 'version')
    or {}
  local begun = known[1] and known[1] ~= 'accepted' and not is_foreign(known[1], known[2])
  answers[i] = begun and tell(job) or (known[1] and {} or {'gone'})
end
return answers
