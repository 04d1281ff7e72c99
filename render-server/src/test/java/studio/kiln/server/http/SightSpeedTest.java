package studio.kiln.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Role;
import studio.kiln.core.access.Thing;

/** What somebody's list costs must not depend on how much there is that they do not see. */
@Tag("contract")
class SightSpeedTest {
    private static final int OTHERS = 20_000;

    @TempDir
    Path home;

    @Test
    void a_list_stays_quick_beside_twenty_thousand_tasks_of_others() throws Exception {
        try (Studio studio = Studio.start(home);
                StudioRows rows = new StudioRows(home)) {
            String eve = studio.user("eve", Role.ARTIST);
            rows.add("eve");
            StudioRows.Set shared = rows.add("olga");
            rows.share(Thing.Kind.TASK, shared.task(), "eve", Access.READ);
            rows.pile(shared.task(), OTHERS);
            for (String path :
                    new String[] {"/api/tasks?limit=50", "/api/tasks?limit=50&status=failed", "/api/server"}) {
                studio.get(eve, path);
                long began = System.nanoTime();
                assertThat(studio.get(eve, path).statusCode()).isEqualTo(200);
                assertThat(Duration.ofNanos(System.nanoTime() - began)).as(path).isLessThan(Duration.ofSeconds(2));
            }
        }
    }
}
