package studio.kiln.server.security;

import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Thing;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.ShareAdd;
import studio.kiln.core.api.ShareView;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.AccountRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.GroupRow;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ShareRow;

/**
 * With whom things are shared. Whether the caller may share a thing is decided before. Safe for any number of threads; methods
 * throw {@link ApiException}.
 */
public final class Shares {
    private static final int MOST = 500;

    private final Database database;
    private final AccessVersion version;

    public Shares(Database database, AccessVersion version) {
        this.database = database;
        this.version = version;
    }

    /** @param name id, or number of a task */
    public List<ShareView> list(Subject subject, String name) {
        return database.read(tx -> rows(tx, id(tx, subject, name)).stream()
                .map(row -> view(tx, row))
                .toList());
    }

    /** Shares it, or gives a share that is there already the new access. */
    public ShareView add(Subject subject, String name, ShareAdd share, Caller caller) {
        if ((share.user() == null) == (share.group() == null)) {
            throw new IllegalArgumentException("A share names either a user or a group.");
        }
        ShareView view = database.tx(tx -> {
            version.change(tx);
            String id = id(tx, subject, name);
            String kind = share.user() == null ? ShareRow.GROUP : ShareRow.USER;
            String grantee = grantee(tx, share);
            List<ShareRow> there = rows(tx, id);
            ShareRow row = there.stream()
                    .filter(known -> known.grantee.equals(grantee))
                    .findFirst()
                    .orElse(null);
            if (row == null && there.size() >= MOST) {
                throw new ApiException(Problem.of(
                        409,
                        "TOO_MANY_SHARES",
                        "That cannot be",
                        "It is shared with " + MOST + " others already; share it with a group instead."));
            }
            if (row == null) {
                row = new ShareRow();
                row.id = Ids.next();
                row.kind = kind(subject);
                row.subject = id;
                row.grantee = grantee;
                row.granteeKind = kind;
                row.access = share.access();
                row.createdBy = caller.name();
                row.createdAt = Database.now(tx);
                tx.insert(row);
            } else {
                row.access = share.access();
                tx.update(row);
            }
            ShareView added = view(tx, row);
            Acting.note(tx, "share.add", kind(subject).word(), id, text(added));
            return added;
        });
        version.changed();
        return view;
    }

    public void remove(Subject subject, String name, String share) {
        database.run(tx -> {
            version.change(tx);
            String id = id(tx, subject, name);
            ShareRow row = rows(tx, id).stream()
                    .filter(known -> known.id.equals(share))
                    .findFirst()
                    .orElseThrow(() -> new ApiException(Problem.of(
                            404,
                            "NO_SUCH_SHARE",
                            "There is no such share",
                            "There is no share '" + share + "' of it.")));
            Acting.note(tx, "share.remove", kind(subject).word(), id, text(view(tx, row)));
            tx.delete(row);
        });
        version.changed();
    }

    private static List<ShareRow> rows(StatelessSession tx, String subject) {
        return tx.createSelectionQuery("from ShareRow where subject = :subject order by id", ShareRow.class)
                .setParameter("subject", subject)
                .getResultList();
    }

    private static String id(StatelessSession tx, Subject subject, String name) {
        return Things.find(tx, new Caller.Nobody(), subject, name)
                .orElseThrow(() -> AccountGuard.notFound(subject, name))
                .id();
    }

    private static String grantee(StatelessSession tx, ShareAdd share) {
        if (share.user() != null) {
            AccountRow row = Accounts.find(tx, share.user());
            if (row == null || row.disabled) {
                throw unknown("account", share.user());
            }
            return row.id;
        }
        GroupRow row = Accounts.findGroup(tx, String.valueOf(share.group()));
        if (row == null) {
            throw unknown("group", String.valueOf(share.group()));
        }
        return row.id;
    }

    private static ApiException unknown(String what, String name) {
        return new ApiException(Problem.of(
                422,
                "NO_SUCH_GRANTEE",
                "There is nobody to share with",
                "There is no " + what + " '" + name + "' to share with; 'kiln share people' lists whom one can."));
    }

    private static Thing.Kind kind(Subject subject) {
        return switch (subject) {
            case PROJECT -> Thing.Kind.PROJECT;
            case MODEL -> Thing.Kind.MODEL;
            case TASK -> Thing.Kind.TASK;
            case VERSION, RESULT ->
                throw new IllegalArgumentException("A " + subject + " is shared with what it is of");
        };
    }

    private static ShareView view(StatelessSession tx, ShareRow row) {
        String user = null;
        String group = null;
        if (row.granteeKind.equals(ShareRow.USER)) {
            user = tx.get(AccountRow.class, row.grantee).name;
        } else {
            GroupRow found = tx.<@Nullable GroupRow>get(GroupRow.class, row.grantee);
            group = found == null ? row.grantee : found.name;
        }
        return new ShareView(row.id, user, group, row.access, row.createdBy, row.createdAt);
    }

    private static String text(ShareView share) {
        return share.access().word() + " for "
                + (share.user() != null ? "user " + share.user() : "group " + share.group());
    }
}
