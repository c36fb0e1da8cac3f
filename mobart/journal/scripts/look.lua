-- Read how far requests are, and put those back into the stream that are outstanding and not in it any more: somebody
-- deleted, renamed or trimmed it.  Their records have all that is needed, the payment as well.
--
-- KEYS[1] -> {ns}:requests
-- KEYS[1 + i] -> {ns}:job:<request_id> of the i-th request
--
-- Returns: {how many were put back, for each what is known of the job, as `tell` has it, its stage first; "gone"
--          where it has no record; nothing of one that nobody paid for, or that a newer version wrote}
local stream, answers, back = KEYS[1], {}, 0
local function is_missing(entry)
  local found = redis.pcall('XRANGE', stream, entry, entry)
  return not found.err and #found == 0
end

for i = 2, #KEYS do
  local job = KEYS[i]
  local known = is_record(job) and redis.call('HMGET', job, 'stage', 'version', 'entry') or {}
  local mine = known[1] and not is_foreign(known[1], known[2])
  if mine and known[1] ~= 'settled' and is_missing(known[3]) then
    put_back(job, stream)
    back = back + 1
  end
  answers[i - 1] = mine and known[1] ~= 'accepted' and tell(job) or (known[1] and {} or {'gone'})
end
return {back, answers}
