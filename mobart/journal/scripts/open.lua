-- Open this server's history for a worker: answer whether its data may be older than what was read
-- before, and until when nothing is claimed, so that every live worker can say first what it holds.
--
-- A history begins when nobody has opened one on this server's data.  It begins with a wait of one
-- lease if the worker remembers another one, if other workers are known to the group, or if the data
-- was opened at another server: whoever joined after the copy was made that it came from is not in it.
-- Where none of these holds, no worker has used this data yet, and there is no wait.  Nor is there one
-- for a copy on a server that has been up for an hour without a worker opening its data: no live worker
-- keeps away for so long, and no server takes so long to load (its time includes that).  A replica that
-- was promoted says nothing by that time.  A worker that remembers another history than one that began
-- without a wait makes it begin anew: it was fooled by data that is gone.
--
-- Every worker calls this several times a lease, so it also notices where the clock was set.
--
-- KEYS[1] -> {ns}:history
-- KEYS[2] -> {ns}:requests
-- ARGV[1] -> group
-- ARGV[2] -> consumer
-- ARGV[3] -> the history that this worker knows, as returned; "" if none
-- ARGV[4] -> milliseconds of a lease
-- ARGV[5] -> milliseconds since this worker's last call, by its own clock; "" if this is the first
--
-- Returns: {the history, milliseconds left to wait, "1" if this worker is to look whether all that is outstanding
--          is in the stream}
free(KEYS[1], 'hash')
local known = redis.call('HMGET', KEYS[1], 'server', 'since', 'wait_until', 'waited')
local id, remembered, lease, time = server(), tonumber(ARGV[3]) or 0, tonumber(ARGV[4]), now()
local since, wait_until = tonumber(known[2]) or 0, tonumber(known[3]) or 0

local HOUR = 3600
local SWEPT = 600000  -- milliseconds between two looks at all that is outstanding

local function others()
  local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[2], ARGV[1])
  for _, fields in ipairs(consumers) do
    local name = as_table(fields).name
    if name ~= ARGV[2] and name ~= 'released' and name ~= WAITING then
      return true
    end
  end
  return false
end

local function is_copy()
  local up = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
  local followed = string.match(redis.call('INFO', 'replication'), 'master_replid2:(%w+)')
  local promoted = known[1] and followed and string.match(known[1], ':(%w*)$') == followed
  return known[1] and known[1] ~= id and (promoted or tonumber(up or 0) < HOUR)
end

local same = known[1] == id and wait_until - time <= lease  -- or the clock was set back
local fooled = remembered ~= 0 and remembered ~= since and (not known[4] or remembered > since)
if not same or fooled then
  local waits = remembered ~= 0 or others() or is_copy()
  since = math.max(time, since + 1, remembered + 1)
  wait_until = waits and time + lease or time
  redis.call('HSET', KEYS[1], 'server', id, 'since', string.format('%.0f', since),
    'wait_until', string.format('%.0f', wait_until))
  redis.call('HDEL', KEYS[1], 'waited')
  begin_leases(KEYS[2], ARGV[1])
  if waits then
    redis.call('HSET', KEYS[1], 'waited', 1)
  end
elseif ARGV[5] ~= '' then
  watch_clock(KEYS[1], KEYS[2], ARGV[1], ARGV[5] + math.max(lease, JUMP))
else
  watch_clock(KEYS[1], KEYS[2], ARGV[1], math.huge)
end
redis.call('HSET', KEYS[1], 'seen', time)

-- One worker at a time, and again, as whoever found damage may be gone, and what is trimmed tells nobody.
local swept = time - (tonumber(redis.call('HGET', KEYS[1], 'swept')) or 0)
local sweeps = wait_until <= time and (swept >= SWEPT or swept < 0)
if sweeps then
  redis.call('HSET', KEYS[1], 'swept', time)
end
return {string.format('%.0f', since), math.max(0, wait_until - time), sweeps and '1' or ''}
