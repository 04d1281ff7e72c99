package studio.kiln.server.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.ops.Finding.State;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TestDatabases;

/** The real services, and what a person is told of each that does not fit. */
@Tag("contract")
class ProbesTest {
    private static final String NOBODY = "127.0.0.1:1";

    @TempDir
    Path folder;

    private final Endpoint maria = TestServices.mariadb();
    private final String url = TestDatabases.newUrl(maria);
    private final Map<String, String> variables = new HashMap<>();

    private Finding found(String what) {
        return all().stream().filter(f -> f.what().equals(what)).findFirst().orElseThrow();
    }

    private List<Finding> all() {
        variables.put("KILN_HOME", folder.toString());
        List<Finding> findings = Probes.all(Configuration.read(null, variables));
        assertThat(findings.toString()).doesNotContain(maria.password()).doesNotContain("geheim");
        return findings;
    }

    private void database(String user, String password) {
        variables.put("KILN_DATABASE_URL", url);
        variables.put("KILN_DATABASE_USER", user);
        variables.put("KILN_DATABASE_PASSWORD", password);
    }

    private void asAdmin(String... sql) throws Exception {
        try (Connection connection = DriverManager.getConnection(url, maria.user(), maria.password());
                Statement statement = connection.createStatement()) {
            for (String one : sql) {
                statement.execute(one);
            }
        }
    }

    @Test
    void components_that_fit_are_told_with_their_versions_and_nothing_is_left_behind() throws Exception {
        Endpoint broker = TestServices.rabbitmq();
        Endpoint redis = TestServices.redis();
        database(maria.user(), maria.password());
        variables.put(
                "KILN_BROKER_URL",
                "amqp://" + broker.user() + ":" + broker.password() + "@" + broker.host() + ":" + broker.port());
        variables.put("KILN_REDIS_URL", "redis://:" + redis.password() + "@" + redis.host() + ":" + redis.port());
        Endpoint store = TestServices.s3();
        variables.put("KILN_STORE_KIND", "s3");
        variables.put("KILN_STORE_URL", "http://" + store.host() + ":" + store.port());
        variables.put("KILN_STORE_BUCKET", "kiln");
        variables.put("KILN_STORE_USER", store.user());
        variables.put("KILN_STORE_PASSWORD", store.password());
        List<Finding> findings = all();
        assertThat(findings)
                .as("%s", findings)
                .allMatch(f -> f.state() == State.GOOD || f.what().equals("database commits"));
        assertThat(findings)
                .extracting(Finding::what)
                .contains("database", "database rights", "broker", "redis", "store");
        assertThat(found("database").found()).contains("MariaDB");
        assertThat(found("broker").found()).containsPattern("RabbitMQ \\d");
        assertThat(found("redis").found()).containsPattern("Redis \\d");
        try (Connection connection = DriverManager.getConnection(url, maria.user(), maria.password())) {
            assertThat(connection
                            .getMetaData()
                            .getTables(connection.getCatalog(), null, "kiln%", null)
                            .next())
                    .isFalse();
        }
    }

    @Test
    void a_right_that_the_database_refuses_is_named_with_the_sentence_that_grants_it() throws Exception {
        String user = "u" + Ids.next().substring(0, 20);
        asAdmin(
                "create user '" + user + "'@'%' identified by 'geheim'",
                "grant select, insert, update, delete, create, drop on *.* to '" + user + "'@'%'");
        try {
            database(user, "geheim");
            Finding rights = found("database rights");
            assertThat(rights.state()).isEqualTo(State.GAP);
            assertThat(rights.found()).contains("INDEX").contains("ALTER").doesNotContain("SELECT");
            assertThat(rights.remedy()).contains("grant all on").contains(user);
        } finally {
            asAdmin("drop user '" + user + "'@'%'");
        }
    }

    @Test
    void a_wrong_password_and_a_database_that_is_not_there_are_told_apart() {
        database(maria.user(), "geheim");
        assertThat(found("database").remedy()).contains("database.password-file");
        database(maria.user(), maria.password());
        variables.put("KILN_DATABASE_URL", url + "x");
        assertThat(found("database").remedy()).contains("create database");
        variables.put("KILN_DATABASE_URL", "jdbc:mysql://" + NOBODY + "/kiln");
        assertThat(found("database").remedy()).contains("see that it runs");
    }

    @Test
    void a_command_that_redis_refuses_is_named() {
        Endpoint at = TestServices.redis();
        String address = "redis://:" + at.password() + "@" + at.host() + ":" + at.port();
        String user = "u" + Ids.next();
        try (Jedis admin = new Jedis(URI.create(address))) {
            admin.aclSetUser(user, "on", ">geheim", "~*", "&*", "+@all", "-publish");
            variables.put(
                    "KILN_REDIS_URL", address.replace("redis://:" + at.password(), "redis://" + user + ":geheim"));
            assertThat(found("redis").state()).isEqualTo(State.GAP);
            assertThat(found("redis").found()).contains("publish");
            assertThat(found("redis").remedy()).contains("ACL SETUSER");
            admin.aclDelUser(user);
            assertThat(found("redis").remedy()).contains("redis.url");
        }
    }

    @Test
    void a_bucket_that_is_not_there_is_told() {
        Endpoint at = TestServices.s3();
        variables.put("KILN_STORE_KIND", "s3");
        variables.put("KILN_STORE_URL", "http://" + at.host() + ":" + at.port());
        variables.put("KILN_STORE_BUCKET", "elsewhere");
        variables.put("KILN_STORE_USER", at.user());
        variables.put("KILN_STORE_PASSWORD", at.password());
        assertThat(found("store").state()).isEqualTo(State.GAP);
        assertThat(found("store").found()).contains("elsewhere");
    }

    @Test
    void a_broker_that_is_away_or_refuses_the_password_is_told() {
        Endpoint at = TestServices.rabbitmq();
        variables.put("KILN_BROKER_URL", "amqp://" + at.user() + ":geheim@" + at.host() + ":" + at.port());
        assertThat(found("broker").found()).contains("refuses user and password");
        variables.put("KILN_BROKER_URL", "amqp://kiln:geheim@" + NOBODY);
        assertThat(found("broker").state()).isEqualTo(State.GAP);
        assertThat(found("broker").remedy()).contains("see that it runs");
    }
}
