-- Publish a heartbeat that tells how many messages were published on this server before it.
--
-- ARGV[1] -> the heartbeat's channel
--
-- Publishes: "<server> <seconds since its start> <PUBLISH commands since then>", less where Redis
-- hides its counters
local info = redis.pcall('INFO', 'server')
local commands = redis.pcall('INFO', 'commandstats')
local run, uptime, published = '', '', ''
if type(info) == 'string' and type(commands) == 'string' then
  run = string.match(info, 'run_id:(%w+)') or ''
  uptime = string.match(info, 'uptime_in_seconds:(%d+)') or ''
  published = string.match(commands, 'cmdstat_publish:calls=(%d+)') or '0'
end
redis.call('PUBLISH', ARGV[1], run .. ' ' .. uptime .. ' ' .. published)
