-- Take requests that were received on the channel: each once, however many workers received it.
--
-- KEYS[1] -> {ns}:requests
-- KEYS[2] -> {ns}:early
-- KEYS[2 + i] -> {ns}:job:<request_id> of the i-th request
-- ARGV[1] -> completions channel
-- ARGV[2] -> milliseconds within which the same id received again is the same message
-- ARGV[1 + 2i] -> the i-th request, JSON
-- ARGV[2 + 2i] -> its fingerprint
--
-- Returns: for each "accepted" | "cancelled" (accepted, and was cancelled before it came) | "repeated"
--          | "replayed" | "conflicted"
local stream, channel, same_message = KEYS[1], ARGV[1], tonumber(ARGV[2])
local early = redis.call('EXISTS', KEYS[2]) == 1 and KEYS[2]  -- not looked into for each of a burst
local heard = now()

local function accept(job, request, fingerprint)
  local kind = redis.call('TYPE', job).ok
  if kind ~= 'none' and kind ~= 'hash' then
    return 'conflicted'  -- somebody else's data
  end
  local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'heard_at', 'completion', 'entry')
  if not known[1] then
    demand({'DEL', job}, {'HSET', job, 'request', ''})
    local entry = redis.call('XADD', stream, '*', 'request', request)
    begin(job, request, fingerprint, entry, heard)
    if early and is_forestalled(early, job) then
      redis.call('HSET', job, 'cancelled', 1)  -- whoever is to end it may be gone first
      return 'cancelled'
    end
    return 'accepted'
  end
  if known[1] ~= fingerprint then
    return 'conflicted'
  end
  if math.abs(heard - tonumber(known[3])) < same_message then  -- the clock may have been set back
    return 'repeated'
  end
  demand({'PUBLISH', channel, ''})
  redis.call('HSET', job, 'heard_at', heard)
  if known[2] ~= 'settled' then
    if not has(stream, known[5]) then
      put_back(job, stream)
    end
    return 'repeated'
  end
  replay(channel, known[4])
  return 'replayed'
end

local answers = {}
for i = 1, #KEYS - 2 do
  answers[i] = accept(KEYS[2 + i], ARGV[1 + 2 * i], ARGV[2 + 2 * i])
end
return answers
