-- Take over entries that nobody renewed, whoever held them; what waits for its turn is nobody's.
--
-- Beside that it looks whether the turns are as they should be, at a few of the oldest: entries that
-- wait, and users who had too many jobs when somebody looked last.
--
-- KEYS[1] -> {ns}:requests
-- KEYS[2] -> {ns}:history
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> milliseconds of a lease
-- ARGV[4] -> how many entries it has room for
-- ARGV[5] -> how many jobs one user may have, 0 for any number
-- ARGV[6] -> how many of those that wait are looked at
-- ARGV[7] -> how many, where something was wrong
-- ARGV[8..] -> entries that this consumer is busy with
--
-- Returns: the entries, as XRANGE does; the error NOGROUP where there is no group
local stream, group, consumer, lease = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local slots, limit = tonumber(ARGV[4]), tonumber(ARGV[5])
local full = beside(stream, 'full')
local busy, count = {}, slots
for i = 8, #ARGV do
  busy[ARGV[i]], count = true, count + 1
end

local consumers = redis.pcall('XINFO', 'CONSUMERS', stream, group)
if consumers.err then
  return redis.error_reply('NOGROUP ' .. consumers.err)
end
local rescued = {}
watch_clock(KEYS[2], stream, group, math.max(2 * lease, JUMP))

-- Redis 7 forgets an entry that was deleted from the stream when somebody claims it; before, it stays.
local function take_over(entry)
  local found = redis.call('XCLAIM', stream, group, consumer, 0, entry)[1]
  if found and found[2] then
    rescued[#rescued + 1] = found
  else
    redis.call('XACK', stream, group, entry)
  end
end

for _, fields in ipairs(consumers) do
  local holder = as_table(fields)
  if holder.pending > 0 and holder.name ~= WAITING and #rescued < slots then
    local silent = redis.call('XPENDING', stream, group, 'IDLE', lease, '-', '+', count, holder.name)
    for _, held in ipairs(silent) do
      if #rescued < slots and not busy[held[1]] then
        take_over(held[1])
      end
    end
  end
end

-- Put what waits in turns, if it is not; returns whether something was not.
local function file_oldest(many)
  local missed = false
  for _, waits in ipairs(redis.call('XPENDING', stream, group, '-', '+', many, WAITING)) do
    local found = redis.call('XRANGE', stream, waits[1], waits[1])[1]
    if found then
      missed = file(stream, found[1], request_in(found[2])) or missed
    else
      redis.call('XACK', stream, group, waits[1])
    end
  end
  return missed
end

free_turns(stream)
if file_oldest(ARGV[6]) then
  file_oldest(ARGV[7])
end
for _, user in ipairs(redis.call('ZREVRANGE', full, -ARGV[6], -1)) do
  if is_full(stream, user, limit) then
    redis.call('ZADD', full, now(), user)
  else
    redis.call('ZREM', full, user)
    join(stream, user)
  end
end
return rescued
