-- Take entries of the stream in turn, for a worker that has room for so many.
--
-- What nobody has looked at yet is put in turns first; see `turns.lua` for them, and for the keys
-- beside the stream.
--
-- KEYS[1] -> {ns}:requests
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> how many entries it has room for
-- ARGV[4] -> how many jobs one user may have, 0 for any number
-- ARGV[5] -> how many entries are looked at in one step: some milliseconds of Redis's time
-- ARGV[6..] -> entries that this consumer received, and that take their turn with the others
--
-- Returns: {1 if there is more to look at before anything is taken, or 0, {the entries, as XRANGE
--          does}}; the error NOGROUP where there is no group
local stream, group, consumer, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[5])
local slots, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
local turns, clock, full = beside(stream, 'turns'), beside(stream, 'turn'), beside(stream, 'full')
free_turns(stream)

for i = 6, #ARGV do
  for _, entry in ipairs(redis.call('XCLAIM', stream, group, WAITING, 0, ARGV[i])) do
    if entry then
      file(stream, entry[1], request_in(entry[2]))
    end
  end
end
local fresh = redis.pcall('XREADGROUP', 'GROUP', group, WAITING, 'COUNT', most, 'STREAMS', stream, '>')
if fresh and fresh.err then
  return fresh
end
local unread = fresh and fresh[1][2] or {}
for _, entry in ipairs(unread) do
  file(stream, entry[1], request_in(entry[2]))
end
if #unread == most then
  return {1, {}}
end

-- An entry that still waits, as this consumer's; nil if somebody else has it by now, or it is gone.
local function hand_over(entry)
  if #redis.call('XPENDING', stream, group, entry, entry, 1, WAITING) == 0 then
    return nil
  end
  local found = redis.call('XCLAIM', stream, group, consumer, 0, entry)[1]
  if not found or not found[2] then  -- Redis 6.2 still holds entries that were deleted
    redis.call('XACK', stream, group, entry)
    return nil
  end
  return found
end

-- Take the first entry of the user whose turn it is, if it is still to be had.
local function take(user, due)
  local queue = beside(stream, 'turns:' .. user)
  local first = first_of(queue)
  local found = first and hand_over(string.sub(first, 2))
  redis.call('ZREM', queue, first or '')
  local after = first_of(queue)
  if not after then
    redis.call('ZREM', turns, user)
  elseif found then  -- without the fraction of the one that was taken, or fractions would add up
    redis.call('ZADD', turns, math.floor(due) + cost(after) + fraction(after), user)
  else
    -- It was passed over and took no turn: the next one stands as if it had always been the first.
    redis.call('ZINCRBY', turns, cost(after) - cost(first), user)
  end
  if found and limit > 0 then
    local taken = beside(stream, 'taken:' .. user)
    redis.call('ZADD', taken, now(), found[1])
    redis.call('PEXPIRE', taken, DAY)
  end
  return found
end

local turn = tonumber(redis.call('GET', clock) or 0) or 0
local taken, looked = {}, 0
while #taken < slots and looked < most do
  local user, due = unpack(redis.call('ZREVRANGE', turns, -1, -1, 'WITHSCORES'))
  if not user then
    break
  end
  looked = looked + 1
  if is_full(stream, user, limit) then
    redis.call('ZREM', turns, user)
    redis.call('ZADD', full, now(), user)
  else
    local found = take(user, due)
    if found then
      turn = math.max(turn, math.floor(due))
      taken[#taken + 1] = found
    end
  end
end
if #taken > 0 then
  redis.call('SET', clock, string.format('%.0f', turn))
end
return {looked == most and 1 or 0, taken}
