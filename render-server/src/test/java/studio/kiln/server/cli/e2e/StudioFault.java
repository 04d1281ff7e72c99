package studio.kiln.server.cli.e2e;

import redis.clients.jedis.Jedis;
import studio.kiln.server.ops.services.Endpoint;

/** What may happen to a {@link StudioFarm} with a node "a"; {@link StudioFarm#mend} puts it right again. */
enum StudioFault {
    NODE_KILLED(farm -> farm.nodes.get("a").kill()),
    SERVER_KILLED(farm -> farm.servers.getFirst().kill()),
    BROKER_KILLED(farm -> farm.killService("rabbitmq")),
    DATABASE_KILLED(farm -> farm.killService("mariadb")),
    REDIS_KILLED(farm -> farm.killService("redis")),
    STORE_KILLED(farm -> farm.killService("s3")),
    NODE_ASLEEP(farm -> farm.nodes.get("a").process.signal("STOP")),
    SERVER_ASLEEP(farm -> farm.servers.getFirst().process.signal("STOP")),
    ALL_NODES_CUT_OFF(farm -> farm.gateway.cut(true)),
    REDIS_EMPTIED(StudioFault::emptyRedis);

    private interface Strike {
        void at(StudioFarm farm);
    }

    private final Strike strike;

    StudioFault(Strike strike) {
        this.strike = strike;
    }

    void strike(StudioFarm farm) {
        strike.at(farm);
    }

    private static void emptyRedis(StudioFarm farm) {
        Endpoint at = farm.services.endpoint("redis");
        try (Jedis redis = new Jedis("redis://:" + at.password() + "@" + at.host() + ":" + at.port())) {
            redis.flushAll();
        }
    }
}
