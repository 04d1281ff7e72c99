package studio.kiln.server.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.StatelessSession;
import studio.kiln.core.blender.SessionCodec;
import studio.kiln.core.plan.ChunkPlan;
import studio.kiln.core.plan.FrameSet;
import studio.kiln.core.plan.OutputKey;
import studio.kiln.core.task.ChunkState;
import studio.kiln.server.persistence.ChunkKind;
import studio.kiln.server.persistence.ChunkRow;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.OutputRow;
import studio.kiln.server.persistence.ResultRow;
import studio.kiln.server.persistence.TaskRow;
import studio.kiln.server.persistence.VariantRow;

/** Writes a plan: its pictures, those that are known already as results, and chunks of the rest. */
final class PlanWriter {
    private static final int BATCH = 500;

    private final Notices notices;

    PlanWriter(Notices notices) {
        this.notices = notices;
    }

    /**
     * Plans a task that is locked and was not planned yet.
     *
     * @param slots how many may share the work
     */
    void write(LockedTask task, TaskPlan plan, int slots) {
        StatelessSession tx = task.tx();
        TaskRow row = task.row();
        pin(tx, row, plan);
        for (int i = 0; i < plan.looks().size(); i++) {
            VariantRow variant = new VariantRow();
            variant.task = row.id;
            variant.ordinal = i;
            variant.name = Text.cut(plan.looks().get(i).name(), 200);
            variant.overrides = plan.looks().get(i).overrides();
            tx.insert(variant);
        }
        List<OutputRow> outputs = outputs(row.id, plan);
        Map<String, List<ResultRow>> known = row.fresh ? Map.of() : known(tx, row.owner, row.project, outputs);
        List<ResultRow> reused = new ArrayList<>();
        for (OutputRow output : outputs) {
            List<ResultRow> results = known.get(output.recipe);
            if (results != null) {
                results.forEach(result -> reused.add(copy(result, task, output)));
                output.result = reused.get(reused.size() - results.size()).id;
            }
        }
        List<OutputRow> missing =
                outputs.stream().filter(output -> output.result == null).toList();
        List<ChunkRow> chunks = chunks(tx, task, plan, missing, slots);
        tx.insertMultiple(chunks);
        tx.insertMultiple(outputs);
        tx.insertMultiple(reused);
        row.planned = true;
        row.outputs = outputs.size();
        row.outputsReused = outputs.size() - missing.size();
        row.outputsDone = row.outputsReused;
        if (!reused.isEmpty()) {
            row.newestResult = reused.getLast().slot.isEmpty() ? reused.getLast().id : row.newestResult;
        }
        task.added(chunks.size());
        String said = Text.count(outputs.size(), "picture") + " in " + Text.count(chunks.size(), "chunk")
                + (row.outputsReused > 0 ? ", " + row.outputsReused + " reused" : "") + ", Blender "
                + plan.engine().version();
        task.note("scheduler", "task", row.id, row.state.name(), row.state.name(), "Planned: " + said);
        task.settle("scheduler", chunks.isEmpty() ? "Every picture was known already" : null);
        notices.record(
                task,
                reused.stream()
                        .filter(result -> result.slot.isEmpty())
                        .map(result -> Notices.result(task, result.id))
                        .toList());
    }

    private static void pin(StatelessSession tx, TaskRow row, TaskPlan plan) {
        row.pool = Engines.tagged(plan.pool(), row.tag);
        tx.createMutationQuery("update TaskRow set planned = true, pool = :pool, frames = :frames, scene = :scene,"
                        + " engine = :engine, engineVersion = :version, engineBuild = :build, device = :device,"
                        + " measure = :measure, warnings = :warnings where id = :id")
                .setParameter("pool", row.pool)
                .setParameter("frames", plan.frames().toString())
                .setParameter("scene", plan.scene())
                .setParameter("engine", plan.engine().id())
                .setParameter("version", plan.engine().version().toString())
                .setParameter("build", plan.engine().buildHash())
                .setParameter("device", plan.device())
                .setParameter("measure", plan.measure())
                .setParameter("warnings", SessionCodec.store(plan.warnings()))
                .setParameter("id", row.id)
                .executeUpdate();
    }

    private static List<OutputRow> outputs(String task, TaskPlan plan) {
        List<OutputRow> rows = new ArrayList<>();
        for (OutputKey key : plan.outputs()) {
            OutputRow row = new OutputRow();
            row.id = Ids.next();
            row.task = task;
            row.ordinal = rows.size();
            row.variant = key.variant();
            row.frame = key.frame();
            row.layer = key.layer();
            row.stereoView = key.view();
            row.part = key.part();
            row.recipe = plan.looks().get(key.variant()).recipe(key).key().hex();
            rows.add(row);
        }
        return rows;
    }

    /** How many of these pictures are known already to that owner, or in that project. */
    static int countKnown(StatelessSession tx, String owner, String project, TaskPlan plan) {
        List<String> recipes =
                outputs("", plan).stream().map(output -> output.recipe).toList();
        Map<String, String> known = recipesKnown(tx, owner, project, recipes);
        return (int) recipes.stream().filter(known::containsKey).count();
    }

    // Id of the output that has the recipe's newest result. Pictures of tasks that the owner may not read are not used:
    // how many
    // were known would tell of them.
    private static Map<String, String> recipesKnown(
            StatelessSession tx, String owner, String project, List<String> recipes) {
        Map<String, String> found = new HashMap<>();
        for (int from = 0; from < recipes.size(); from += BATCH) {
            tx.createSelectionQuery(
                            "select r.recipe, r.output from ResultRow r join TaskRow t on t.id = r.task"
                                    + " where r.recipe in :recipes and r.slot = ''"
                                    + " and (t.owner = :owner or t.project = :project) order by r.id",
                            Object[].class)
                    .setParameter("owner", owner)
                    .setParameter("project", project)
                    .setParameter("recipes", recipes.subList(from, Math.min(recipes.size(), from + BATCH)))
                    .getResultList()
                    .forEach(pair -> found.put((String) pair[0], (String) pair[1]));
        }
        return found;
    }

    private static Map<String, List<ResultRow>> known(
            StatelessSession tx, String owner, String project, List<OutputRow> outputs) {
        Map<String, String> found = recipesKnown(
                tx,
                owner,
                project,
                outputs.stream().map(output -> output.recipe).toList());
        Map<String, List<ResultRow>> byOutput = new HashMap<>();
        List<String> ids = found.values().stream().distinct().toList();
        for (int from = 0; from < ids.size(); from += BATCH) {
            tx.createSelectionQuery("from ResultRow where output in :outputs order by output, slot", ResultRow.class)
                    .setParameter("outputs", ids.subList(from, Math.min(ids.size(), from + BATCH)))
                    .getResultList()
                    .forEach(row -> byOutput.computeIfAbsent(row.output, id -> new ArrayList<>())
                            .add(row));
        }
        Map<String, List<ResultRow>> byRecipe = new HashMap<>();
        found.forEach((recipe, output) -> {
            List<ResultRow> rows = byOutput.getOrDefault(output, List.of());
            if (!rows.isEmpty() && rows.getFirst().slot.isEmpty()) {
                byRecipe.put(recipe, rows);
            }
        });
        return byRecipe;
    }

    private static ResultRow copy(ResultRow from, LockedTask task, OutputRow output) {
        ResultRow row = new ResultRow();
        row.id = Ids.next();
        row.task = task.row().id;
        row.output = output.id;
        row.slot = from.slot;
        row.kind = from.kind;
        row.variant = from.variant;
        row.frame = output.frame;
        row.layer = output.layer;
        row.stereoView = output.stereoView;
        row.part = output.part;
        row.extension = from.extension;
        row.sha256 = from.sha256;
        row.bytes = from.bytes;
        row.width = from.width;
        row.height = from.height;
        row.seconds = from.seconds;
        row.reused = true;
        row.camera = from.camera;
        row.device = from.device;
        row.nodeName = from.nodeName;
        row.recipe = output.recipe;
        row.measure = from.measure;
        row.createdAt = task.now();
        return row;
    }

    // Chunks are runs of whole frames of one variant.
    private static List<ChunkRow> chunks(
            StatelessSession tx, LockedTask task, TaskPlan plan, List<OutputRow> missing, int slots) {
        double seconds = Estimates.of(tx, plan.measure()).median();
        int size = size(seconds, missing.size(), slots, plan.perFrame());
        Map<OutputKey, OutputRow> byKey = new HashMap<>();
        List<ChunkRow> chunks = new ArrayList<>();
        for (int variant = 0; variant < plan.looks().size(); variant++) {
            List<OutputKey> keys = new ArrayList<>();
            for (OutputRow row : missing) {
                if (row.variant == variant) {
                    OutputKey key = key(row);
                    byKey.put(key, row);
                    keys.add(key);
                }
            }
            boolean telling = task.row().telling && !plan.together();
            for (List<OutputKey> cut : ChunkPlan.cut(telling ? ChunkPlan.telling(keys) : keys, size, plan.together())) {
                chunks.add(chunk(task.row().id, chunks.size(), cut, byKey));
            }
        }
        return chunks;
    }

    static int size(double seconds, int outputs, int slots, int perFrame) {
        int size = ChunkPlan.size(seconds, outputs, slots);
        return Math.max(1, size / perFrame) * perFrame;
    }

    static ChunkRow chunk(String task, int ordinal, List<OutputKey> keys, Map<OutputKey, OutputRow> rows) {
        ChunkRow chunk = new ChunkRow();
        chunk.id = Ids.next();
        chunk.task = task;
        chunk.ordinal = ordinal;
        chunk.kind = ChunkKind.RENDER;
        chunk.state = ChunkState.READY;
        chunk.variant = keys.getFirst().variant();
        chunk.frames = FrameSet.of(keys.stream().map(OutputKey::frame).toList()).toString();
        chunk.outputs = keys.size();
        int at = 0;
        for (OutputKey key : keys) {
            OutputRow row = rows.get(key);
            if (row == null) {
                throw new IllegalStateException("No row for " + key);
            }
            row.chunk = chunk.id;
            row.ordinal = ordinal * 1000 + at++;
        }
        return chunk;
    }

    static OutputKey key(OutputRow row) {
        return new OutputKey(row.variant, row.frame, row.layer, row.stereoView, row.part);
    }
}
