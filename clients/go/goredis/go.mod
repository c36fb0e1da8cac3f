module mobart/goredis

go 1.19

require (
	github.com/redis/go-redis/v9 v9.7.0
	mobart v0.0.0
)

replace mobart => ../
