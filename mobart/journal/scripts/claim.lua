-- Open a delivered stream entry: the worker that holds it becomes the job's owner, in a new epoch.
--
-- An entry that a backend added by itself has no record yet and gets one here.  A second entry for
-- a known request is dropped; if the request is finished, its outcome is announced again.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- KEYS[3] -> {ns}:paused
-- KEYS[4] -> {ns}:history
-- KEYS[5] -> {ns}:early
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> entry id
-- ARGV[4] -> the request, JSON
-- ARGV[5] -> its fingerprint
-- ARGV[6] -> completions channel
-- ARGV[7] -> milliseconds within which the same id received again is the same message
-- ARGV[8] -> milliseconds of a lease
--
-- Returns: {"claimed", "1" if this claim accepted the request, or "", "1" if the job was cancelled before
--           anybody paid, or "", and what is known of the job, as `tell` has it}
--          | {"repeated"} | {"replayed"} | {"conflicted"} | {"settled"}
--          | {"lost"} the entry is another consumer's by now
--          | {"waiting"} Redis may have forgotten who holds the job; it is found again when every
--            worker had the time to say so
--          | {"paused"} it is left unopened, to be found again when its lease ends
--          | {"foreign"} a worker of another version wrote it; it is left likewise, for one of those
local job, stream, group, consumer, entry = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]

if #redis.call('XPENDING', stream, group, entry, entry, 1, consumer) == 0 then
  return {'lost'}
end
local left, lease = waiting(KEYS[4]), tonumber(ARGV[8])
if left ~= 0 then
  -- its lease ends when the wait does
  hand_back(stream, group, entry, math.max(0, lease - (left or lease)))
  return {'waiting'}
end

local function drop(answer)
  redis.call('XACK', stream, group, entry)
  redis.call('XDEL', stream, entry)
  return {answer}
end

local kind = redis.call('TYPE', job).ok
if kind ~= 'none' and kind ~= 'hash' then
  return drop('conflicted')  -- somebody else's data: no record can be kept under this id
end
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'heard_at', 'completion', 'entry',
  'version', 'cancelled')
-- A job's own entry with another fingerprint holds fields that only another version knows.
if is_foreign(known[2], known[6]) or (known[5] == entry and known[1] ~= ARGV[5]) then
  return {'foreign'}
end
local heard = tonumber(string.match(entry, '^%d+'))
local begun = known[2] and known[2] ~= 'accepted'  -- what may be paid is finished, switch or not
if not begun and (not known[1] or known[5] == entry) and is_paused(KEYS[3], job) then
  return {'paused'}
end
if not known[1] then
  begin(job, ARGV[4], ARGV[5], entry, heard)
elseif known[1] ~= ARGV[5] then
  return drop('conflicted')
elseif known[5] ~= entry and known[2] ~= 'settled' and not has(stream, known[5]) then
  -- somebody took its own out of the stream
  redis.call('HSET', job, 'entry', entry)
elseif known[5] ~= entry then
  if known[2] ~= 'settled' or math.abs(heard - tonumber(known[3])) < tonumber(ARGV[7]) then
    return drop('repeated')
  end
  demand({'PUBLISH', ARGV[6], ''}, {'XACK', stream, ARGV[1], entry})
  redis.call('HSET', job, 'heard_at', heard)
  replay(ARGV[6], known[4])
  return drop('replayed')
elseif known[2] == 'settled' then
  return drop('settled')
end

local cancelled = not begun and (known[7] or is_forestalled(KEYS[5], job))
if cancelled then
  redis.call('HSET', job, 'cancelled', 1)
end
redis.call('HSETNX', job, 'claimed_at', now())
redis.call('HSET', job, 'epoch', next_epoch(redis.call('HGET', job, 'epoch')))
return {'claimed', known[1] and '' or '1', cancelled and '1' or '', unpack(tell(job))}
