package studio.kiln.desktop;

import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javafx.application.Platform;
import javafx.beans.binding.Bindings;
import javafx.beans.value.ObservableValue;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.input.TransferMode;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Permission;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.ModelVersionView;
import studio.kiln.core.api.ModelView;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.TaskView;
import studio.kiln.core.api.VersionState;
import studio.kiln.desktop.admin.AdminModel;
import studio.kiln.desktop.admin.AdminView;
import studio.kiln.desktop.admin.ShareForm;
import studio.kiln.desktop.admin.ShareModel;
import studio.kiln.desktop.board.BoardModel;
import studio.kiln.desktop.board.BoardView;
import studio.kiln.desktop.library.LibraryModel;
import studio.kiln.desktop.library.LibraryView;
import studio.kiln.desktop.library.Uploads;
import studio.kiln.desktop.live.Change;
import studio.kiln.desktop.live.Line;
import studio.kiln.desktop.live.Pictures;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.nodes.FarmModel;
import studio.kiln.desktop.nodes.FarmView;
import studio.kiln.desktop.results.TaskModel;
import studio.kiln.desktop.results.TaskPage;
import studio.kiln.desktop.settings.SettingsView;
import studio.kiln.desktop.shell.Actions;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Folders;
import studio.kiln.desktop.shell.Formats;
import studio.kiln.desktop.shell.Lucide;
import studio.kiln.desktop.shell.Navigator;
import studio.kiln.desktop.shell.Notices;
import studio.kiln.desktop.shell.Place;
import studio.kiln.desktop.shell.Question;
import studio.kiln.desktop.shell.Room;
import studio.kiln.desktop.shell.ShellView;
import studio.kiln.desktop.shell.SignInForm;
import studio.kiln.desktop.shell.StatusModel;
import studio.kiln.desktop.shell.Texts;
import studio.kiln.desktop.shell.ThemeChoice;
import studio.kiln.desktop.shell.Themes;
import studio.kiln.desktop.submit.SubmitModel;
import studio.kiln.desktop.submit.SubmitView;

/** The studio in one window's scene: makes the parts and joins them. FX thread only. */
public final class Studio implements AutoCloseable {
    private final Background background = new Background(Platform::runLater);
    private final Clock clock;
    private final ServerLink link;
    private final Pictures pictures;
    private final Notices notices;
    private final Navigator navigator;
    private final StatusModel status;
    private final BoardModel board;
    private final Uploads uploads;
    private final LibraryModel library;
    private final ShellView shell;
    private final Scene scene;
    private final Themes themes;
    private final Actions actions = new Actions();
    private final Map<String, SubmitModel> forms = new HashMap<>();
    private final FarmModel farm;
    private final AdminModel admin;
    private Consumer<ServerAddress> onSignedIn = address -> {};
    private @Nullable TaskModel taskModel;
    private @Nullable LibraryView libraryView;
    private @Nullable BoardView boardView;

    /**
     * @param finder gives the address of a server, starting one when there is none
     * @param host name to show for a server elsewhere, or null for this computer
     */
    public Studio(
            Callable<ServerAddress> finder,
            @Nullable String host,
            Clock clock,
            double width,
            double height,
            ThemeChoice theme,
            Place first) {
        this.clock = clock;
        link = new ServerLink(finder, background, clock);
        pictures = new Pictures(link, background, clock);
        notices = new Notices(clock);
        navigator = new Navigator(first);
        status = new StatusModel(link, background);
        board = new BoardModel(link, background);
        uploads = new Uploads(link, background);
        library = new LibraryModel(link, background, uploads);
        farm = new FarmModel(link, background, status);
        farm.setOnRefused(notices::failed);
        admin = new AdminModel(link, background);
        admin.setOnRefused(notices::failed);
        library.setOnThumbnail(pictures::versionChanged);
        library.setOnRefused(notices::failed);
        board.setOnRefused(notices::failed);
        uploads.setOnDone((upload, version) -> arrived(version));
        status.serverProperty().subscribe(server -> {
            if (server != null) {
                board.setMe(server.user());
            }
        });
        List<Room> rooms = List.of(
                new Room(
                        "library",
                        Lucide.BOXES,
                        this::makeLibrary,
                        number(Bindings.createIntegerBinding(
                                () -> library.countsProperty().get().getOrDefault(LibraryModel.ALL, 0),
                                library.countsProperty())),
                        false),
                new Room(
                        "board",
                        Lucide.LIST_VIDEO,
                        this::makeBoard,
                        number(Bindings.createIntegerBinding(
                                () -> board.countsProperty().get().getOrDefault(BoardModel.Group.RENDERING, 0)
                                        + board.countsProperty().get().getOrDefault(BoardModel.Group.QUEUED, 0),
                                board.countsProperty())),
                        true),
                new Room("farm", Lucide.SERVER, () -> new FarmView(farm), null, false),
                new Room("admin", Lucide.USERS, this::makeAdmin, null, false, admin.allowedProperty()),
                new Room("settings", Lucide.SETTINGS, this::makeSettings, null, false));
        shell = new ShellView(
                rooms, navigator, this::makeTask, link.lineProperty(), status, board.leftProperty(), notices, host);
        scene = new Scene(shell, width, height);
        themes = new Themes(scene, theme);
        if (host != null) {
            link.signedOutProperty().subscribe(out -> {
                if (out) {
                    askWho(host);
                }
            });
        }
        makeActions();
        actions.install(scene);
        shell.begin();
        acceptFiles();
    }

    /** @param keep gets the address of a server with the token of the session that was opened there */
    public void setOnSignedIn(Consumer<ServerAddress> keep) {
        onSignedIn = keep;
    }

    private void askWho(String host) {
        if (shell.overlay().isOpen()) {
            return;
        }
        AtomicReference<@Nullable SignInForm> shown = new AtomicReference<>();
        SignInForm form = new SignInForm(
                host,
                System.getProperty("user.name", ""),
                (name, password) -> background.run(
                        () -> {
                            link.signIn(new SignIn(name, password), onSignedIn);
                            return true;
                        },
                        in -> shell.overlay().close(),
                        problem -> Objects.requireNonNull(shown.get()).refused(problem)));
        shown.set(form);
        shell.overlay().show(form, form.firstFocus(), () -> {});
    }

    /** Begins to talk to the server. */
    public void start() {
        link.start();
    }

    public Scene scene() {
        return scene;
    }

    public Themes themes() {
        return themes;
    }

    /** How the line to the server is. */
    public Line line() {
        return link.lineProperty().get();
    }

    public Navigator navigator() {
        return navigator;
    }

    public BoardModel board() {
        return board;
    }

    public LibraryModel library() {
        return library;
    }

    public ShellView shell() {
        return shell;
    }

    Notices notices() {
        return notices;
    }

    public Actions actions() {
        return actions;
    }

    /** Asks the server for something and goes on when it has answered, or refused. */
    public void ask(Consumer<KilnClient> request, Runnable then) {
        background.run(
                () -> {
                    request.accept(link.client());
                    return true;
                },
                done -> then.run(),
                problem -> {
                    notices.failed(problem);
                    then.run();
                });
    }

    private static ObservableValue<String> number(ObservableValue<Number> count) {
        return count.map(value -> value.intValue() == 0 ? "" : Formats.number(value.intValue()));
    }

    private void makeActions() {
        actions.add("library", "Shortcut+1", () -> go("library"))
                .add("board", "Shortcut+2", () -> go("board"))
                .add("farm", "Shortcut+3", () -> go("farm"))
                .add("settings", "Shortcut+COMMA", () -> go("settings"))
                .add("add", "Shortcut+O", () -> {
                    go("library");
                    if (libraryView != null) {
                        libraryView.chooseFiles();
                    }
                })
                .add("search", "Shortcut+F", this::search)
                .add("refresh", "F5", link::refresh)
                .add("theme", "Shortcut+Shift+L", themes::toggle)
                .add("back", "Alt+Left", () -> navigator.back(new Place.InRoom("library")));
    }

    private void go(String room) {
        if (!shell.overlay().isOpen()) {
            navigator.go(new Place.InRoom(room));
        }
    }

    private void search() {
        Node page = shell.page();
        if (page == libraryView && libraryView != null) {
            libraryView.search();
        } else if (page == boardView && boardView != null) {
            boardView.search();
        }
    }

    private Node makeLibrary() {
        LibraryView view = new LibraryView(library, uploads, pictures, clock, this::submit, this::askToDelete);
        libraryView = view;
        admin.meProperty().subscribe(now -> {
            if (mayShare()) {
                view.setOnShare(model -> share(Thing.Kind.MODEL, model.id(), model.name()));
            }
        });
        return view;
    }

    private Node makeBoard() {
        BoardView view =
                new BoardView(board, pictures, clock, id -> navigator.go(new Place.OfTask(id)), () -> go("library"));
        boardView = view;
        return view;
    }

    private Node makeAdmin() {
        return new AdminView(admin, shell.overlay());
    }

    private Node makeSettings() {
        return new SettingsView(themes, actions, status);
    }

    private Node makeTask(String id) {
        TaskModel before = taskModel;
        if (before != null) {
            before.close();
        }
        TaskModel model = new TaskModel(id, link, background);
        model.setOnRefused(notices::failed);
        model.read();
        taskModel = model;
        TaskPage page = new TaskPage(
                model,
                pictures,
                clock,
                shell.overlay(),
                () -> navigator.back(new Place.InRoom("board")),
                saved -> notices.done(
                        Texts.get("task.saved", saved.getFileName()),
                        Texts.get("task.saved.show"),
                        () -> Folders.show(saved, background, notices::failed)));
        if (mayShare()) {
            page.setOnShare(task -> share(Thing.Kind.TASK, task.id(), task.name()));
        }
        return page;
    }

    /** Where people have accounts, and who sits here makes things. */
    private boolean mayShare() {
        Me me = admin.meProperty().get();
        return me != null && me.role() != null && me.permissions().contains(Permission.RENDER);
    }

    private void share(Thing.Kind kind, String id, String name) {
        ShareForm form = new ShareForm(
                new ShareModel(kind, id, link, background, notices::failed),
                name,
                () -> shell.overlay().close());
        shell.overlay().show(form, form.firstFocus(), () -> {});
    }

    /** Opens the submit dialog of a model; the form of an earlier time is still there. */
    public void submit(ModelView model, ModelVersionView version) {
        SubmitModel form = forms.computeIfAbsent(version.id(), id -> new SubmitModel(model, version, link, background));
        SubmitView view = new SubmitView(
                form,
                pictures,
                status.enginesProperty().get(),
                clock,
                this::submitted,
                () -> shell.overlay().close());
        shell.overlay().show(view, view.firstFocus(), () -> {});
    }

    private void submitted(TaskView task) {
        shell.overlay().close();
        board.apply(List.of(new Change.OfTask(task)));
        board.selectedProperty().set(board.row(task.id()));
        go("board");
        notices.done(
                Texts.get("submit.done", task.name(), Long.toString(task.number())),
                Texts.get("submit.done.open"),
                () -> navigator.go(new Place.OfTask(task.id())));
    }

    private void askToDelete(ModelView model) {
        Question question =
                new Question(Texts.get("library.delete.title", model.name()), Texts.get("library.delete.text"));
        question.answer(Texts.get("cancel"), false, () -> shell.overlay().close());
        Node confirm = question.answer(Texts.get("library.delete.confirm"), true, () -> {
            shell.overlay().close();
            library.delete(model);
        });
        shell.overlay().show(question, confirm, () -> {});
    }

    private void arrived(ModelVersionView version) {
        library.read();
        if (version.state() == VersionState.UNUSABLE) {
            notices.failed(
                    Texts.get("library.added.unusable", version.modelName(), String.valueOf(version.problem())),
                    Texts.get("library.show"),
                    () -> showModel(version.modelId()));
        } else {
            notices.done(
                    Texts.get("library.added", version.modelName()),
                    Texts.get("library.show"),
                    () -> showModel(version.modelId()));
        }
    }

    private void showModel(String modelId) {
        go("library");
        library.select(modelId);
    }

    private void acceptFiles() {
        scene.setOnDragOver(event -> {
            if (event.getDragboard().hasFiles()) {
                event.acceptTransferModes(TransferMode.COPY);
                shell.showDropTarget(true);
                event.consume();
            }
        });
        scene.setOnDragExited(event -> shell.showDropTarget(false));
        scene.setOnDragDropped(event -> {
            shell.showDropTarget(false);
            if (event.getDragboard().hasFiles()) {
                List<Path> files = event.getDragboard().getFiles().stream()
                        .map(java.io.File::toPath)
                        .toList();
                go("library");
                if (libraryView != null) {
                    libraryView.bring(files);
                }
                event.setDropCompleted(true);
                event.consume();
            }
        });
    }

    @Override
    public void close() {
        themes.dispose();
        link.close();
        background.close();
    }
}
