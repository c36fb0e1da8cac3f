-- Take a request that was received on the channel: once, however many workers received it.
--
-- KEYS[1] -> {ns}:job:<request_id>
-- KEYS[2] -> {ns}:requests
-- ARGV[1] -> the request, JSON
-- ARGV[2] -> its fingerprint
-- ARGV[3] -> completions channel
-- ARGV[4] -> milliseconds within which the same id received again is the same message
--
-- Returns: "accepted" | "repeated" | "replayed" | "conflicted"
local job, stream = KEYS[1], KEYS[2]
local kind = redis.call('TYPE', job).ok
if kind ~= 'none' and kind ~= 'hash' then
  return 'conflicted'
end
local known = redis.call('HMGET', job, 'fingerprint', 'stage', 'heard_at', 'completion', 'entry')
local heard = now()

if not known[1] then
  local entry = redis.call('XADD', stream, '*', 'request', ARGV[1])
  begin(job, ARGV[1], ARGV[2], entry, heard)
  return 'accepted'
end
if known[1] ~= ARGV[2] then
  return 'conflicted'
end
if heard - tonumber(known[3]) < tonumber(ARGV[4]) then
  return 'repeated'
end
redis.call('HSET', job, 'heard_at', heard)
if known[2] ~= 'settled' then
  if not has(stream, known[5]) then
    put_back(job, stream)
  end
  return 'repeated'
end
replay(ARGV[3], known[4])
return 'replayed'
