package studio.kiln.server.scheduler;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Manifest;
import studio.kiln.core.asset.ManifestFile;
import studio.kiln.core.asset.Sha256;
import studio.kiln.core.blender.Device;
import studio.kiln.core.blender.Inspection;
import studio.kiln.core.blender.RenderSettings;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.server.node.Assignment;
import studio.kiln.server.persistence.AttemptRow;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.ModelFileRow;
import studio.kiln.server.persistence.ModelVersionRow;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.VariantRow;

/** Writes out what a node has to know to render chunks. Remembers what never changes; safe for any number of threads. */
final class Orders {
    private static final int MOST = 2_000;

    private final Cache<String, Model> models = cache();
    private final Cache<Look, RenderSettings> settings = cache();
    private final Cache<String, Double> seconds = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(Duration.ofSeconds(2))
            .build();

    private static <K, V> Cache<K, V> cache() {
        return Caffeine.newBuilder()
                .maximumSize(MOST)
                .expireAfterAccess(Duration.ofMinutes(10))
                .build();
    }

    /** A version of a model as it was at some time; its files never change, what was found in it may. */
    private record Model(
            Instant updatedAt, Manifest manifest, @Nullable Inspection inspection) {}

    /** The settings of a variant are fixed when the task is planned. */
    private record Look(String task, int variant) {}

    /**
     * The orders for chunks that were just leased.
     *
     * @param attempts one for each chunk, in the same order
     */
    List<Assignment> write(
            StatelessSession tx, Map<ChunkRow, LockedTask> leased, List<AttemptRow> attempts, Duration lease) {
        if (leased.isEmpty()) {
            return List.of();
        }
        Map<String, Model> versions = models(
                tx,
                leased.values().stream()
                        .map(task -> task.row().version)
                        .distinct()
                        .toList());
        Map<String, List<OutputKey>> missing = tx
                .createSelectionQuery(
                        "from OutputRow where chunk in :chunks and result is null order by chunk, ordinal",
                        OutputRow.class)
                .setParameterList(
                        "chunks",
                        leased.keySet().stream().map(chunk -> chunk.id).toList())
                .getResultList()
                .stream()
                .collect(Collectors.groupingBy(
                        row -> String.valueOf(row.chunk), Collectors.mapping(PlanWriter::key, Collectors.toList())));
        List<Assignment> orders = new ArrayList<>();
        for (Map.Entry<ChunkRow, LockedTask> entry : leased.entrySet()) {
            ChunkRow chunk = entry.getKey();
            TaskRow task = entry.getValue().row();
            AttemptRow attempt = attempts.get(orders.size());
            Model model = versions.get(task.version);
            if (model == null) {
                throw new IllegalStateException("There is no version " + task.version + " of a model");
            }
            orders.add(new Assignment.Render(
                    attempt.id,
                    attempt.engine,
                    lease,
                    model.manifest,
                    task.owner,
                    task.id,
                    task.number,
                    task.scene,
                    model.inspection == null
                            ? null
                            : model.inspection.scene(task.scene).orElse(null),
                    task.trusted,
                    settings(tx, task, chunk.variant),
                    missing.getOrDefault(chunk.id, List.of()),
                    secondsOf(tx, task.measure)));
        }
        return orders;
    }

    private double secondsOf(StatelessSession tx, @Nullable String measure) {
        if (measure == null) {
            return 0;
        }
        Double known = seconds.getIfPresent(measure);
        if (known == null) {
            known = Estimates.of(tx, measure).median();
            // As long as nothing was measured the first picture says it.
            if (known > 0) {
                seconds.put(measure, known);
            }
        }
        return known;
    }

    private RenderSettings settings(StatelessSession tx, TaskRow task, int ordinal) {
        return settings.get(new Look(task.id, ordinal), look -> {
            VariantRow variant = tx.createSelectionQuery(
                            "from VariantRow where task = :task and ordinal = :ordinal", VariantRow.class)
                    .setParameter("task", task.id)
                    .setParameter("ordinal", ordinal)
                    .getSingleResult();
            return pinned(Planner.with(Json.settings(task.settings), Json.overrides(variant.overrides)), task.device);
        });
    }

    // "auto" was decided at planning; from then on it is that class of device and no other.
    private static RenderSettings pinned(RenderSettings s, @Nullable String device) {
        return s.withDevice(device == null || device.equals("cpu") ? Device.CPU : Device.GPU);
    }

    private Map<String, Model> models(StatelessSession tx, List<String> versions) {
        Map<String, Model> found = new HashMap<>();
        tx.createSelectionQuery("select id, updatedAt from ModelVersionRow where id in :versions", Object[].class)
                .setParameterList("versions", versions)
                .getResultList()
                .forEach(row -> {
                    String id = (String) row[0];
                    Model known = models.getIfPresent(id);
                    if (known == null || !known.updatedAt.equals(row[1])) {
                        ModelVersionRow version = tx.get(ModelVersionRow.class, id);
                        known = new Model(
                                version.updatedAt, manifest(tx, version), Json.inspection(version.inspection));
                        models.put(id, known);
                    }
                    found.put(id, known);
                });
        return found;
    }

    static Manifest manifest(StatelessSession tx, String versionId) {
        return manifest(tx, tx.get(ModelVersionRow.class, versionId));
    }

    private static Manifest manifest(StatelessSession tx, ModelVersionRow version) {
        List<ManifestFile> files = tx
                .createSelectionQuery("from ModelFileRow where version = :version order by path", ModelFileRow.class)
                .setParameter("version", version.id)
                .getResultList()
                .stream()
                .map(row -> new ManifestFile(row.path, new Sha256(row.sha256), row.size))
                .toList();
        return new Manifest(version.root, files);
    }
}
