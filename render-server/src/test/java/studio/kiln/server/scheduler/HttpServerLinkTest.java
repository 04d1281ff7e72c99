package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.server.http.NodeHttp;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.HttpServerLink;
import studio.kiln.server.node.InputCache;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.node.ServerLink;
import studio.kiln.server.node.ServerLink.Claim;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.node.ServerLink.Refused;
import studio.kiln.server.security.NodeCredentials;

@Tag("contract")
class HttpServerLinkTest extends ServerLinkContract {
    private NodeHttp http;
    private NodeHttp.Joined joined;
    private final List<HttpServerLink> links = new ArrayList<>();

    @Override
    void connect() throws IOException {
        http = new NodeHttp(farm.database, farm.scheduler, Farm.SETTINGS.scriptVersion());
        joined = http.join("n1");
        node = joined.id();
        link = open(joined);
    }

    private HttpServerLink open(NodeHttp.Joined as) throws IOException {
        HttpServerLink opened = http.link(as);
        links.add(opened);
        return opened;
    }

    @Override
    ServerLink anew() {
        farm.freshLink();
        return link;
    }

    @Override
    void disconnect() {
        links.forEach(HttpServerLink::close);
        http.close();
    }

    @Test
    void a_node_speaks_about_itself_and_its_own_work_only() throws Exception {
        farm.blobs.put(new java.io.ByteArrayInputStream(new byte[] {'a'}), Sha256.of("a"));
        farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        HttpServerLink other = open(http.join("n2"));
        assertThatThrownBy(() -> other.register(facts("boot9", "there"), List.of(), List.of()))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("only about itself");
        assertThatThrownBy(() -> other.publish(
                        chunk.attempt(), List.of(Farm.picture(chunk.outputs().getFirst()))))
                .isInstanceOf(NotCurrent.class);
        assertThatThrownBy(() -> other.read(Sha256.of("a"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> other.store(
                        chunk.attempt(), Files.write(folder.resolve("x"), new byte[1]), Sha256.of(new byte[1])))
                .isInstanceOf(NotCurrent.class);
        link.read(Sha256.of("a")).close();
        link.released(chunk.attempt(), "enough");
        HttpServerLink empty = open(joined);
        assertThatThrownBy(() -> empty.read(Sha256.of("a"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_digest_whose_bytes_were_not_sent_makes_no_result() throws Exception {
        TaskView task = farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        OutputKey output = chunk.outputs().getFirst();
        assertThatThrownBy(() -> link.publish(chunk.attempt(), List.of(Farm.picture(output))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("send them first");
        assertThat(farm.scheduler.task(task.id()).outputs().done()).isZero();
    }

    @Test
    void a_token_lets_one_node_join_once_and_for_a_while() {
        String token = http.credentials.invite(5, "root").token();
        Sha256 mine = Sha256.of(NodeCredentials.secret());
        String id = http.credentials.join(token, mine, "n3", 1);
        assertThat(http.credentials.join(token, mine, "n3", 1))
                .as("when the answer was lost")
                .isEqualTo(id);
        assertThatThrownBy(() -> http.credentials.join(token, Sha256.of("another"), "n4", 1))
                .hasMessageContaining("each works once")
                .hasMessageContaining("kiln nodes enrol");
        assertThatThrownBy(() -> http.credentials.join("kilnjoin_guess", mine, "n4", 1))
                .hasMessageContaining("has not given out");
        String late = http.credentials.invite(5, "root").token();
        farm.database.run(
                tx -> tx.createMutationQuery("update NodeEnrolmentRow set expiresAt = createdAt where node is null")
                        .executeUpdate());
        assertThatThrownBy(() -> http.credentials.join(late, mine, "n4", 1)).hasMessageContaining("expired");
    }

    @Test
    void a_node_of_another_version_is_told_so_in_one_sentence() throws IOException {
        HttpServerLink old = new HttpServerLink(
                new ServerAddress(http.base(), joined.secret()),
                node,
                NodeProtocol.version("0.0.7", "x"),
                new InputCache(folder.resolve("inputs"), 0));
        links.add(old);
        assertThatThrownBy(() -> old.register(facts("boot2", "here"), List.of(), List.of()))
                .isInstanceOf(Refused.class)
                .hasMessageStartingWith("Node and server differ: the node is Kiln 0.0.7, the server ")
                .hasMessageContaining("install the server's Kiln on the node");
    }

    @Test
    void a_copy_of_a_node_is_refused_while_the_node_lives_and_people_see_it() throws Exception {
        HttpServerLink copy = open(joined);
        assertThatThrownBy(() -> copy.register(facts("boot2", "elsewhere"), List.of(), List.of()))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("A second machine")
                .hasMessageContaining("kiln nodes enrol");
        assertThat(farm.scheduler.nodes().node(node).problem()).contains("A second machine");
        assertThatThrownBy(() -> copy.claim(new Claim(node, 1, false), Duration.ZERO))
                .isInstanceOf(Refused.class);
        assertThat(link.claim(new Claim(node, 1, false), Duration.ZERO)).isEmpty();
        farm.database.run(tx -> tx.createMutationQuery("update NodeRow set seenAt = :then where id = :id")
                .setParameter("then", java.time.Instant.parse("2020-01-01T00:00:00Z"))
                .setParameter("id", node)
                .executeUpdate());
        copy.register(facts("boot2", "elsewhere"), List.of(), List.of());
        assertThatThrownBy(() -> link.claim(new Claim(node, 1, false), Duration.ZERO))
                .as("the first one, which was asleep")
                .isInstanceOf(Refused.class)
                .hasMessageContaining("Another process");
    }

    @Test
    void work_whose_answer_was_lost_is_given_to_others() throws Exception {
        farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render lost = claim();
        assertThat(link.renew(node, List.of())).isEmpty();
        assertThat(link.claim(new Claim(node, 1, false), Duration.ZERO))
                .as("it may be on its way")
                .isEmpty();
        farm.database.run(tx -> tx.createMutationQuery("update AttemptRow set createdAt = :then where id = :id")
                .setParameter("then", java.time.Instant.parse("2020-01-01T00:00:00Z"))
                .setParameter("id", lost.attempt())
                .executeUpdate());
        link.renew(node, List.of());
        assertThat(claim().outputs()).hasSize(2);
    }

    @Test
    void a_node_that_was_removed_comes_in_no_more_and_its_work_goes_to_others() throws Exception {
        farm.submit(farm.readyModel("a"), "1-2");
        Assignment.Render chunk = claim();
        farm.scheduler.nodes().remove(node);
        http.credentials.revoke(node);
        assertThatThrownBy(() -> link.renew(node, List.of(chunk.attempt())))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("kiln node --enrol");
        assertThatThrownBy(() -> link.finished(chunk.attempt())).isInstanceOf(NotCurrent.class);
        assertThat(farm.scheduler.nodes().list()).isEmpty();
        farm.registerNode();
        assertThat(farm.claimOne(Farm.NODE).outputs()).hasSize(2);
    }

    @Test
    void a_node_that_ends_is_waited_for_no_longer() throws Exception {
        farm.submit(farm.readyModel("a"), "1-2");
        claim();
        link.leave(node, List.of());
        assertThat(farm.scheduler.nodes().node(node).state()).isEqualTo("lost");
        farm.registerNode();
        assertThat(farm.claimOne(Farm.NODE).outputs()).hasSize(2);
        link.register(facts("boot2", "elsewhere"), List.of(), List.of());
    }

    @Test
    void what_waits_is_answered_when_the_server_ends() throws Exception {
        var waiting = java.util.concurrent.CompletableFuture.supplyAsync(() -> {
            try {
                return link.claim(new Claim(node, 1, false), Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        java.util.concurrent.CompletableFuture.runAsync(
                () -> farm.scheduler.nodeDesk().close(),
                java.util.concurrent.CompletableFuture.delayedExecutor(
                        200, java.util.concurrent.TimeUnit.MILLISECONDS));
        assertThat(waiting.get(5, java.util.concurrent.TimeUnit.SECONDS)).isEmpty();
    }
}
