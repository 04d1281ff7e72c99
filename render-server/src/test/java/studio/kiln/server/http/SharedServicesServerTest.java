package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import studio.kiln.core.api.ApiJson;
import studio.kiln.server.KilnServer;
import studio.kiln.server.ops.Health;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Ids;

/** A server with a real RabbitMQ and Redis, and one whose services are away. */
@Tag("contract")
class SharedServicesServerTest {
    @TempDir
    Path home;

    private static String at(String scheme, String user, Endpoint at) {
        return scheme + "://" + user + ":" + at.password() + "@" + at.host() + ":" + at.port();
    }

    private Health ready(KilnServer server) throws Exception {
        try (var http = java.net.http.HttpClient.newHttpClient()) {
            var answer = http.send(
                    java.net.http.HttpRequest.newBuilder(
                                    java.net.URI.create(server.address().base() + "/api/health/ready"))
                            .build(),
                    java.net.http.HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            return ApiJson.STRICT.readValue(answer.body(), Health.class);
        }
    }

    private KilnServer start(Map<String, String> environment) throws Exception {
        return KilnServer.start(ServerConfig.of(environment).withHome(home).withoutNode());
    }

    @Test
    void a_server_says_that_its_broker_and_its_redis_are_up() throws Exception {
        String prefix = "t" + Ids.next();
        Endpoint broker = TestServices.rabbitmq();
        Endpoint redis = TestServices.redis();
        try (KilnServer server = start(Map.of(
                "KILN_BROKER_URL", at("amqp", broker.user(), broker),
                "KILN_REDIS_URL", at("redis", "", redis),
                "KILN_PREFIX", prefix))) {
            assertThat(ready(server).status()).isEqualTo("up");
            assertThat(ready(server).parts().keySet()).containsExactly("database", "disk", "broker", "redis");
            try (Jedis jedis = new Jedis(at("redis", "", redis))) {
                Awaitility.await()
                        .until(() -> jedis.pubsubNumSub(prefix + ":events").equals(Map.of(prefix + ":events", 1L)));
            }
        }
    }

    @Test
    void a_server_whose_services_are_away_serves_and_says_what_is_away() throws Exception {
        try (KilnServer server = start(Map.of(
                "KILN_BROKER_URL",
                "amqp://kiln:geheim@127.0.0.1:1",
                "KILN_REDIS_URL",
                "redis://:geheim@127.0.0.1:1"))) {
            Awaitility.await().until(() -> !ready(server).parts().get("broker").equals("up"));
            Health health = ready(server);
            assertThat(health.status()).isEqualTo("degraded");
            for (String part : List.of("broker", "redis")) {
                assertThat(health.parts().get(part)).contains("127.0.0.1:1").doesNotContain("geheim");
            }
        }
    }
}
