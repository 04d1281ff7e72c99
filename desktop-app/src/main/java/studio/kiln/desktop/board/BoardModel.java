package studio.kiln.desktop.board;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import javafx.beans.property.ObjectProperty;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.SimpleObjectProperty;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.Estimate;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Page;
import studio.kiln.core.api.Requeue;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.task.TaskState;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;

/**
 * The tasks, as they are now: read once, then kept by events. Rows are changed in place by id. FX thread only; nothing
 * here waits.
 */
public final class BoardModel {
    private static final int PAGE = 200;
    /** So many tasks are held. */
    private static final int MOST = 10_000;
    /** When more rows than this move at once, arranging all is cheaper than moving each. */
    private static final int FEW = 48;

    private static final Comparator<TaskRow> OWN_ORDER =
            Comparator.comparing(row -> row.orderProperty().get());

    /** The groups of states that the chips filter by. */
    public enum Group {
        ALL(Set.of(TaskState.values())),
        RENDERING(Set.of(TaskState.RUNNING, TaskState.PAUSE_REQUESTED, TaskState.CANCEL_REQUESTED)),
        QUEUED(Set.of(TaskState.QUEUED)),
        WAITING(Set.of(TaskState.WAITING)),
        PAUSED(Set.of(TaskState.PAUSED)),
        FAILED(Set.of(TaskState.FAILED)),
        CANCELLED(Set.of(TaskState.CANCELLED)),
        DONE(Set.of(TaskState.SUCCEEDED));

        private final Set<TaskState> states;

        Group(Set<TaskState> states) {
            this.states = states;
        }

        public boolean holds(TaskState state) {
            return states.contains(state);
        }
    }

    /** How the first reading stands. */
    public enum Loading {
        BUSY,
        READY,
        FAILED
    }

    private final ServerLink link;
    private final Background background;
    private final Map<String, TaskRow> byId = new HashMap<>();
    private final List<TaskRow> rows = new ArrayList<>();
    private final ObservableList<TaskRow> visible = FXCollections.observableArrayList();
    private final ObservableList<TaskRow> visibleView = FXCollections.unmodifiableObservableList(visible);
    private final ObjectProperty<Group> group = new SimpleObjectProperty<>(this, "group", Group.ALL);
    private final StringProperty search = new SimpleStringProperty(this, "search", "");
    private final ReadOnlyObjectWrapper<Map<Group, Integer>> counts =
            new ReadOnlyObjectWrapper<>(this, "counts", Map.of());
    private final ReadOnlyObjectWrapper<@Nullable Estimate> left = new ReadOnlyObjectWrapper<>(this, "left");
    private final ReadOnlyObjectWrapper<Loading> loading = new ReadOnlyObjectWrapper<>(this, "loading", Loading.BUSY);
    private final ReadOnlyObjectWrapper<@Nullable Problem> problem = new ReadOnlyObjectWrapper<>(this, "problem");
    private boolean moving;
    private final ObjectProperty<@Nullable TaskRow> selected = new SimpleObjectProperty<>(this, "selected");
    private Consumer<Problem> onRefused = refused -> {};
    private Comparator<TaskRow> comparator = OWN_ORDER;
    private TaskQuery query = TaskQuery.parse("", "");
    private String me = "";
    private int reading;

    public BoardModel(ServerLink link, Background background) {
        this.link = link;
        this.background = background;
        group.addListener((at, before, now) -> filter());
        search.addListener((at, before, now) -> filter());
        link.listen(this::apply);
    }

    /** Name of the person who looks, for {@code owner:me}. */
    public void setMe(String name) {
        if (!name.equals(me)) {
            me = name;
            filter();
        }
    }

    /** The rows that the filter lets through, in the order that was chosen. */
    public ObservableList<TaskRow> rows() {
        return visibleView;
    }

    /** Orders the rows by something else than the board's own order; null goes back to that. */
    public void orderBy(@Nullable Comparator<TaskRow> chosen) {
        comparator = chosen == null ? OWN_ORDER : chosen;
        arrange();
    }

    /** How many tasks are held, whatever the filter says. */
    public int size() {
        return rows.size();
    }

    public ObjectProperty<Group> groupProperty() {
        return group;
    }

    public StringProperty searchProperty() {
        return search;
    }

    public ReadOnlyObjectProperty<Map<Group, Integer>> countsProperty() {
        return counts.getReadOnlyProperty();
    }

    /** Time until everything that is queued or renders is done; null when nothing is, or nothing was measured. */
    public ReadOnlyObjectProperty<@Nullable Estimate> leftProperty() {
        return left.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<Loading> loadingProperty() {
        return loading.getReadOnlyProperty();
    }

    public ReadOnlyObjectProperty<@Nullable Problem> problemProperty() {
        return problem.getReadOnlyProperty();
    }

    /** The row that the dock below the table shows. */
    public ObjectProperty<@Nullable TaskRow> selectedProperty() {
        return selected;
    }

    /** Whether rows are being moved: what a list selects meanwhile was not chosen by a person. */
    public boolean isMoving() {
        return moving;
    }

    /** Ids of the tasks that have not ended. */
    public List<String> openTasks() {
        return rows.stream()
                .filter(row -> !row.task().state().isEnd())
                .map(TaskRow::id)
                .toList();
    }

    /** The row of a task that is held, or null. */
    public @Nullable TaskRow row(String id) {
        return byId.get(id);
    }

    /** Told of what was asked for and refused. */
    public void setOnRefused(Consumer<Problem> receiver) {
        onRefused = receiver;
    }

    /** Takes over what the server told. */
    public void apply(List<Change> changes) {
        List<TaskRow> touched = new ArrayList<>();
        for (Change change : changes) {
            switch (change) {
                case Change.OfTask of -> touched.add(put(of.task()));
                case Change.OfProgress of -> {
                    TaskRow row = byId.get(of.progress().taskId());
                    if (row != null) {
                        row.update(of.progress());
                    }
                }
                case Change.Reset reset -> read();
                default -> {}
            }
        }
        if (!touched.isEmpty()) {
            place(touched);
            count();
        }
    }

    /** Reads all tasks anew. Rows that are there already are changed in place. */
    public void read() {
        int mine = ++reading;
        background.run(
                () -> {
                    List<TaskView> tasks = new ArrayList<>();
                    String cursor = null;
                    do {
                        Page<TaskView> page = link.client().tasks(null, null, cursor, PAGE);
                        if (tasks.isEmpty()) {
                            // the first page is shown while the others are read
                            background.ui().execute(() -> replace(mine, page.items(), false));
                        }
                        tasks.addAll(page.items());
                        cursor = page.next();
                    } while (cursor != null && tasks.size() < MOST);
                    return tasks;
                },
                tasks -> replace(mine, tasks, true),
                failure -> {
                    if (mine == reading && loading.get() != Loading.READY) {
                        problem.set(failure);
                        loading.set(Loading.FAILED);
                    }
                });
    }

    private void replace(int mine, List<TaskView> tasks, boolean complete) {
        if (mine != reading) {
            return;
        }
        List<TaskRow> added = new ArrayList<>();
        for (TaskView task : tasks) {
            TaskRow row = byId.get(task.id());
            if (row == null) {
                row = new TaskRow(task);
                byId.put(task.id(), row);
                added.add(row);
            } else {
                row.update(task);
            }
        }
        rows.addAll(added);
        if (complete) {
            Set<String> known = tasks.stream().map(TaskView::id).collect(Collectors.toSet());
            if (byId.size() != known.size()) {
                rows.removeIf(row -> !known.contains(row.id()));
                byId.keySet().retainAll(known);
            }
        }
        arrange();
        problem.set(null);
        loading.set(Loading.READY);
        count();
    }

    private TaskRow put(TaskView task) {
        TaskRow row = byId.get(task.id());
        if (row == null) {
            row = new TaskRow(task);
            byId.put(task.id(), row);
            rows.add(row);
        } else {
            row.update(task);
        }
        return row;
    }

    private void filter() {
        query = TaskQuery.parse(search.get() == null ? "" : search.get(), me);
        arrange();
    }

    private boolean lets(TaskRow row) {
        return group.get().holds(row.task().state()) && query.test(row.task());
    }

    private void arrange() {
        List<TaskRow> now = rows.stream().filter(this::lets).sorted(comparator).toList();
        if (!now.equals(visible)) {
            moving = true;
            try {
                visible.setAll(now);
            } finally {
                moving = false;
            }
        }
    }

    /** Brings rows that changed to where they belong and leaves all others alone. */
    private void place(List<TaskRow> touched) {
        if (touched.size() > FEW) {
            arrange();
            return;
        }
        for (TaskRow row : touched) {
            int at = visible.indexOf(row);
            boolean wanted = lets(row);
            boolean right = at >= 0
                    && wanted
                    && (at == 0 || comparator.compare(visible.get(at - 1), row) <= 0)
                    && (at == visible.size() - 1 || comparator.compare(row, visible.get(at + 1)) <= 0);
            if (right || (at < 0 && !wanted)) {
                continue;
            }
            moving = true;
            try {
                if (at >= 0) {
                    visible.remove(at);
                }
                if (wanted) {
                    int found = Collections.binarySearch(visible, row, comparator);
                    visible.add(found < 0 ? -found - 1 : found, row);
                }
            } finally {
                moving = false;
            }
        }
        // two that changed at once may have been compared where neither belonged
        for (int i = 1; i < visible.size(); i++) {
            if (comparator.compare(visible.get(i - 1), visible.get(i)) > 0) {
                arrange();
                return;
            }
        }
    }

    private void count() {
        Map<Group, Integer> now = new EnumMap<>(Group.class);
        double seconds = 0;
        double variance = 0;
        int measured = 0;
        for (TaskRow row : rows) {
            TaskView task = row.task();
            for (Group each : Group.values()) {
                if (each.holds(task.state())) {
                    now.merge(each, 1, Integer::sum);
                }
            }
            Estimate estimate = task.left();
            if (estimate != null && task.state().isRunnable()) {
                seconds += estimate.seconds();
                variance += estimate.spread() * estimate.spread();
                measured += estimate.measured();
            }
        }
        counts.set(now);
        left.set(seconds > 0 ? new Estimate(seconds, Math.sqrt(variance), measured) : null);
    }

    // ---- what a person can do

    /** Asks for a pause. The answer changes the row at once; the event that follows is no news. */
    public void pause(TaskRow row) {
        ask(client -> client.pause(row.id()));
    }

    public void resume(TaskRow row) {
        ask(client -> client.resume(row.id()));
    }

    public void cancel(TaskRow row) {
        ask(client -> client.cancel(row.id()));
    }

    /** Tries again what is missing. */
    public void requeue(TaskRow row) {
        ask(client -> client.requeue(row.id(), new Requeue(null)));
    }

    /** @param priority 0..100 */
    public void prioritise(TaskRow row, int priority) {
        ask(client -> client.priority(row.id(), priority));
    }

    private void ask(Function<KilnClient, TaskView> request) {
        background.run(
                () -> request.apply(link.client()),
                task -> apply(List.of(new Change.OfTask(task))),
                refused -> onRefused.accept(refused));
    }

    public static boolean canPause(TaskState state) {
        return state == TaskState.QUEUED || state == TaskState.RUNNING || state == TaskState.WAITING;
    }

    public static boolean canResume(TaskState state) {
        return state == TaskState.PAUSED || state == TaskState.PAUSE_REQUESTED;
    }

    public static boolean canCancel(TaskState state) {
        return !state.isEnd() && state != TaskState.CANCEL_REQUESTED;
    }

    public static boolean canRequeue(TaskState state) {
        return state.isEnd();
    }
}
