-- Put in front of every script, behind `known`: leases under a clock that somebody sets.
--
-- A lease is the idle time of a stream's entry, which Redis reckons from the time of day.  Where that was
-- set back, the jobs of a dead worker would be nobody's for as long as it was set back; where it was
-- put forward, those of live workers would be taken over all at once.  So leases then begin anew.

local SLEWED = 1000  -- milliseconds by which a clock may go back that nobody set
local JUMP = 10000   -- milliseconds by which one may be put forward that does no harm worth a lease's wait

-- Begin the leases of all jobs that workers hold; what was released stays free.
local function begin_leases(stream, group)
  for _, fields in ipairs(redis.pcall('XINFO', 'CONSUMERS', stream, group)) do
    local holder = as_table(fields)
    if (holder.pending or 0) > 0 and holder.name ~= WAITING then
      local idle = holder.name == 'released' and DAY or 0
      local held = redis.call('XPENDING', stream, group, '-', '+', holder.pending, holder.name)
      for _, one in ipairs(held) do
        redis.call('XCLAIM', stream, group, holder.name, 0, one[1], 'IDLE',
          string.format('%.0f', idle), 'JUSTID')
      end
    end
  end
end

-- Begin all leases anew if the clock is behind what workers saw last, or more than *most* milliseconds
-- ahead of that.
local function watch_clock(history, stream, group, most)
  local seen = tonumber(redis.call('HGET', history, 'seen')) or now()
  if now() < seen - SLEWED or now() - seen > most then
    begin_leases(stream, group)
    redis.call('HSET', history, 'seen', now())
  end
end
