package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.node.ServerLink.NotCurrent;
import studio.kiln.server.persistence.Database;

/** Who has much to render does not keep out who has little. */
@Tag("contract")
class FairShareTest {
    private static final List<String> NODES =
            List.of("00000000000000000000000000000001", "00000000000000000000000000000002");
    private static final int SLOTS = 3;

    @TempDir
    Path folder;

    Database database() {
        return Database.embedded(folder.resolve("db"));
    }

    @Test
    void slots_are_shared_evenly_while_both_owners_have_work_and_nobody_waits_afterwards() throws Exception {
        try (Farm farm = new Farm(folder, Farm.SETTINGS, database())) {
            for (String node : NODES) {
                farm.registerNode(node, SLOTS, Farm.engine("process", "3.4.1"));
            }
            String version = farm.readyModel("a");
            measureTenMinutesAFrame(farm, version);
            TaskView many = farm.submit(version, "1-10000", "ada", null);
            assertThat(many.chunks().ready()).as("one frame, one chunk").isEqualTo(10_000);
            List<Assignment.Render> rendering = new ArrayList<>();
            fill(farm, rendering);
            assertThat(slots(rendering)).isEqualTo(Map.of("ada", NODES.size() * SLOTS));
            TaskView few = farm.submit(version, "10001-10010", "bob", null);

            Random random = new Random(17);
            Map<String, Integer> had = new HashMap<>();
            while (farm.scheduler.task(few.id()).chunks().ready() > 0) {
                boolean even = slots(rendering).getOrDefault("bob", 0) == NODES.size() * SLOTS / 2;
                if (even) {
                    slots(rendering).forEach((owner, slots) -> had.merge(owner, slots, Integer::sum));
                }
                // Nobody's work is taken away: bob gets each slot that comes free until he has his share.
                end(farm, even ? rendering.remove(random.nextInt(rendering.size())) : firstOf(rendering, "ada"));
                fill(farm, rendering);
                assertThat(rendering).as("no slot is idle").hasSize(NODES.size() * SLOTS);
            }
            assertThat(had).as("even shares were reached").isNotEmpty();
            int all = had.values().stream().mapToInt(n -> n).sum();
            assertThat(had.get("bob") / (double) all).isCloseTo(0.5, within(0.05));

            while (farm.scheduler.task(few.id()).endedAt() == null) {
                end(farm, rendering.removeFirst());
                fill(farm, rendering);
            }
            assertThat(slots(rendering)).isEqualTo(Map.of("ada", NODES.size() * SLOTS));
        }
    }

    private static void measureTenMinutesAFrame(Farm farm, String version) throws NotCurrent {
        farm.submit(version, "20001-20003", "ada", null);
        for (List<Assignment> given = farm.claim(1); !given.isEmpty(); given = farm.claim(1)) {
            end(farm, (Assignment.Render) given.getFirst());
        }
    }

    private static void fill(Farm farm, List<Assignment.Render> rendering) {
        for (String node : NODES) {
            long busy = rendering.stream()
                    .filter(chunk -> node.equals(nodeOf(farm, chunk)))
                    .count();
            int free = SLOTS - (int) busy;
            if (free > 0) {
                farm.claim(node, free, false).forEach(given -> rendering.add((Assignment.Render) given));
            }
        }
    }

    private static Assignment.Render firstOf(List<Assignment.Render> rendering, String owner) {
        Assignment.Render first = rendering.stream()
                .filter(chunk -> chunk.owner().equals(owner))
                .findFirst()
                .orElseThrow();
        rendering.remove(first);
        return first;
    }

    private static String nodeOf(Farm farm, Assignment.Render chunk) {
        return farm.database.read(
                tx -> tx.createSelectionQuery("select node from AttemptRow where id = :id", String.class)
                        .setParameter("id", chunk.attempt())
                        .getSingleResult());
    }

    private static void end(Farm farm, Assignment.Render chunk) throws NotCurrent {
        farm.link.started(chunk.attempt());
        for (OutputKey output : chunk.outputs()) {
            farm.link.publish(chunk.attempt(), List.of(Farm.picture(output, 600)));
        }
        farm.link.finished(chunk.attempt());
    }

    private static Map<String, Integer> slots(List<Assignment.Render> rendering) {
        Map<String, Integer> slots = new HashMap<>();
        rendering.forEach(chunk -> slots.merge(chunk.owner(), 1, Integer::sum));
        return slots;
    }
}
