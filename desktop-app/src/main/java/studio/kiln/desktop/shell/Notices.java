package studio.kiln.desktop.shell;

import java.time.Clock;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;

/** The notices of this run, newest first, at most {@value #KEPT}. FX thread only. */
public final class Notices {
    private static final int KEPT = 50;

    private final ObservableList<Notice> all = FXCollections.observableArrayList();
    private final ObservableList<Notice> allView = FXCollections.unmodifiableObservableList(all);
    private final ReadOnlyIntegerWrapper unread = new ReadOnlyIntegerWrapper(this, "unread", 0);
    private final Clock clock;

    public Notices(Clock clock) {
        this.clock = clock;
    }

    public void done(String text, @Nullable String actionText, @Nullable Runnable action) {
        post(new Notice(Notice.Kind.DONE, text, clock.instant(), actionText, action));
    }

    public void info(String text) {
        post(new Notice(Notice.Kind.INFO, text, clock.instant(), null, null));
    }

    public void failed(Problem problem) {
        post(new Notice(Notice.Kind.FAILED, problem.inOneLine(), clock.instant(), null, null));
    }

    public void failed(String text, @Nullable String actionText, @Nullable Runnable action) {
        post(new Notice(Notice.Kind.FAILED, text, clock.instant(), actionText, action));
    }

    private void post(Notice notice) {
        all.addFirst(notice);
        while (all.size() > KEPT) {
            all.removeLast();
        }
        unread.set(Math.min(KEPT, unread.get() + 1));
    }

    /** All are seen from now on. */
    public void markRead() {
        unread.set(0);
    }

    public void clear() {
        all.clear();
        unread.set(0);
    }

    public ObservableList<Notice> all() {
        return allView;
    }

    public ReadOnlyIntegerProperty unreadProperty() {
        return unread.getReadOnlyProperty();
    }
}
