package studio.kiln.desktop.admin;

import java.util.List;
import java.util.function.Consumer;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import studio.kiln.core.access.Access;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.People;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;
import studio.kiln.desktop.shell.Problem;

/** With whom one thing is shared, and whom it could be shared with. FX thread only. */
public final class ShareModel {
    private final Thing.Kind kind;
    private final String id;
    private final ServerLink link;
    private final Background background;
    private final Consumer<Problem> onRefused;
    private final ObservableList<ShareView> shares = FXCollections.observableArrayList();
    private final ObservableList<Whom> people = FXCollections.observableArrayList();

    /** Somebody, or a group. */
    public record Whom(String name, boolean group) {}

    public ShareModel(Thing.Kind kind, String id, ServerLink link, Background background, Consumer<Problem> onRefused) {
        this.kind = kind;
        this.id = id;
        this.link = link;
        this.background = background;
        this.onRefused = onRefused;
    }

    public ObservableList<ShareView> shares() {
        return shares;
    }

    /** Groups first, then people, each by name. */
    public ObservableList<Whom> people() {
        return people;
    }

    /** Reads both lists. */
    public void read() {
        readShares();
        background.run(() -> link.client().people(), this::offer, onRefused);
    }

    private void readShares() {
        background.run(() -> link.client().shares(kind, id), shares::setAll, onRefused);
    }

    private void offer(People read) {
        List<Whom> all = new java.util.ArrayList<>();
        read.groups().forEach(group -> all.add(new Whom(group, true)));
        read.users().forEach(user -> all.add(new Whom(user.name(), false)));
        people.setAll(all);
    }

    public void add(Whom whom, Access access) {
        ShareAdd share = new ShareAdd(whom.group() ? null : whom.name(), whom.group() ? whom.name() : null, access);
        background.run(() -> link.client().share(kind, id, share), added -> readShares(), onRefused);
    }

    public void remove(ShareView share) {
        background.run(
                () -> {
                    link.client().unshare(kind, id, share.id());
                    return true;
                },
                gone -> readShares(),
                onRefused);
    }
}
