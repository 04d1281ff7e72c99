package studio.kiln.desktop.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.SampleServer;
import studio.kiln.desktop.Samples;
import studio.kiln.desktop.shell.Background;

class ServerLinkTest {
    @Test
    void aServerThatGoesAwayIsMarkedAndItsSuccessorIsFound() throws IOException {
        AtomicReference<SampleServer> now = new AtomicReference<>(SampleServer.filled());
        List<List<Change>> batches = new CopyOnWriteArrayList<>();
        try (Background background = new Background(Runnable::run);
                ServerLink link = new ServerLink(() -> now.get().address(), background, Clock.systemUTC())) {
            link.listen(batches::add);
            link.start();
            await().until(() -> link.lineProperty().get().state() == Line.State.LIVE);
            await().until(() -> batches.stream().flatMap(List::stream).anyMatch(c -> c instanceof Change.Reset));

            SampleServer before = now.get();
            SampleServer after = SampleServer.filled();
            now.set(after);
            before.close();
            await().until(() -> link.lineProperty().get().state() == Line.State.STALE);
            assertThat(link.lineProperty().get().problem()).isNotNull();

            await().atMost(java.time.Duration.ofSeconds(30))
                    .until(() -> link.lineProperty().get().state() == Line.State.LIVE);
            assertThat(after.streams()).isEqualTo(1);
            after.close();
        }
    }

    @Test
    void manyChangesOfOneTaskComeAsItsNewest() throws IOException {
        try (SampleServer server = SampleServer.filled();
                Background background = new Background(Runnable::run);
                ServerLink link = new ServerLink(server::address, background, Clock.systemUTC())) {
            List<List<Change>> batches = new CopyOnWriteArrayList<>();
            link.listen(batches::add);
            link.start();
            await().until(() -> server.streams() == 1);
            for (int i = 0; i < 500; i++) {
                server.change(SampleServer.with(Samples.tasks().getFirst(), TaskState.RUNNING, 100 + i));
            }
            await().until(() -> batches.stream()
                    .flatMap(List::stream)
                    .anyMatch(c -> c instanceof Change.OfTask of && of.task().revision() == 599));

            long told = batches.stream()
                    .flatMap(List::stream)
                    .filter(c -> c instanceof Change.OfTask)
                    .count();
            assertThat(told).isLessThan(100);
        }
    }

    @Test
    void beforeAServerIsFoundEveryCallSaysSo() {
        try (Background background = new Background(Runnable::run);
                ServerLink link = new ServerLink(
                        () -> {
                            throw new IOException("none");
                        },
                        background,
                        Clock.systemUTC())) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(link::client))
                    .isInstanceOf(Unreachable.class);
        }
    }
}
