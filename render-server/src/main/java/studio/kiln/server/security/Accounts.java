package studio.kiln.server.security;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.hibernate.StatelessSession;
import org.hibernate.exception.ConstraintViolationException;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.GroupAdd;
import studio.kiln.core.api.GroupView;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.People;
import studio.kiln.core.api.PersonView;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.api.UserAdd;
import studio.kiln.core.api.UserView;
import studio.kiln.server.audit.Acting;
import studio.kiln.server.persistence.AccountRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.GroupMemberRow;
import studio.kiln.server.persistence.GroupRow;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.ShareRow;

/** The people of a studio and their groups. Safe for any number of threads; methods throw {@link ApiException}. */
public final class Accounts {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    // words that stand where names stand: in timelines, in the audit log
    private static final Set<String> RESERVED =
            Set.of("console", "scheduler", "node", "nobody", "system", "kiln", "everybody");
    private static final int LONGEST_DISPLAY_NAME = 200;

    private final Database database;
    private final Passwords passwords;
    private final Credentials credentials;
    private final AccessVersion version;

    public Accounts(Database database, Passwords passwords, Credentials credentials, AccessVersion version) {
        this.database = database;
        this.passwords = passwords;
        this.credentials = credentials;
        this.version = version;
    }

    // ---- users

    public List<UserView> list() {
        return database.read(tx ->
                tx.createSelectionQuery("from AccountRow order by name", AccountRow.class).getResultList().stream()
                        .map(row -> view(tx, row))
                        .toList());
    }

    public UserView user(String name) {
        return database.read(tx -> view(tx, known(tx, name)));
    }

    public UserView add(UserAdd user) {
        String name = checkName(user.name(), "an account");
        Passwords.check(user.password(), name);
        String hash = passwords.hash(user.password());
        return change(tx -> {
            AccountRow row = insert(tx, name, user.displayName(), user.role(), hash);
            Acting.note(tx, "user.add", "user", name, "as " + user.role().word());
            return view(tx, row);
        });
    }

    AccountRow insert(StatelessSession tx, String name, @Nullable String displayName, Role role, String hash) {
        if (find(tx, name) != null) {
            throw conflict(
                    "NAME_TAKEN",
                    "There is an account '" + name + "' already, perhaps a disabled one. Names are never given away"
                            + " again, as things belong to them; choose another.");
        }
        AccountRow row = new AccountRow();
        row.id = Ids.next();
        row.name = name;
        row.displayName = displayName(displayName, name);
        row.role = role;
        row.password = hash;
        row.createdAt = Database.now(tx);
        row.updatedAt = row.createdAt;
        tx.insert(row);
        return row;
    }

    public UserView role(String name, Role role) {
        return change(tx -> {
            AccountRow row = known(tx, name);
            if (role != Role.ADMIN) {
                refuseLastAdmin(tx, row, "stays an administrator");
            }
            Acting.note(tx, "user.role", "user", row.name, row.role.word() + " -> " + role.word());
            row.role = role;
            return updated(tx, row);
        });
    }

    /** Keeps somebody out, with all that they came in by. What they own stays. */
    public UserView disable(String name) {
        return change(tx -> {
            AccountRow row = known(tx, name);
            refuseLastAdmin(tx, row, "cannot be disabled");
            row.disabled = true;
            credentials.revokeAll(tx, row.id);
            Acting.note(tx, "user.disable", "user", row.name, "");
            return updated(tx, row);
        });
    }

    public UserView enable(String name) {
        return change(tx -> {
            AccountRow row = known(tx, name);
            row.disabled = false;
            Acting.note(tx, "user.enable", "user", row.name, "");
            return updated(tx, row);
        });
    }

    /** Gives somebody another password; whoever is signed in as them is not any more. */
    public UserView password(String name, String password) {
        Passwords.check(password, name);
        String hash = passwords.hash(password);
        return change(tx -> {
            AccountRow row = known(tx, name);
            row.password = hash;
            credentials.revokeSessions(tx, row.id);
            Acting.note(tx, "user.password", "user", row.name, "");
            return updated(tx, row);
        });
    }

    public List<TokenView> tokens(String name) {
        return database.read(tx -> credentials.of(tx, known(tx, name).id, null));
    }

    public void revoke(String name, String token) {
        this.<@Nullable Void>change(tx -> {
            AccountRow row = known(tx, name);
            if (!credentials.revoke(tx, row.id, token)) {
                throw notFound("NO_SUCH_TOKEN", "token", token);
            }
            Acting.note(tx, "token.revoke", "token", token, "of " + row.name);
            return null;
        });
    }

    private static UserView updated(StatelessSession tx, AccountRow row) {
        row.updatedAt = Database.now(tx);
        tx.update(row);
        return view(tx, row);
    }

    private static void refuseLastAdmin(StatelessSession tx, AccountRow row, String what) {
        if (row.role != Role.ADMIN || row.disabled) {
            return;
        }
        long others = tx.createSelectionQuery(
                        "select count(*) from AccountRow where role = :admin and disabled = false and id <> :id",
                        Long.class)
                .setParameter("admin", Role.ADMIN)
                .setParameter("id", row.id)
                .getSingleResult();
        if (others == 0) {
            throw conflict(
                    "LAST_ADMIN",
                    "'" + row.name + "' is the last administrator and " + what
                            + "; make somebody else an administrator first.");
        }
    }

    /** Whether anybody could administer this studio. */
    static boolean haveAdmin(StatelessSession tx) {
        return tx.createSelectionQuery(
                                "select count(*) from AccountRow where role = :admin and disabled = false", Long.class)
                        .setParameter("admin", Role.ADMIN)
                        .getSingleResult()
                > 0;
    }

    // ---- what everybody may see

    /** Whom one can share with: everybody who can sign in, and all groups. */
    public People people() {
        return database.read(tx -> new People(
                tx
                        .createSelectionQuery("from AccountRow where disabled = false order by name", AccountRow.class)
                        .getResultList()
                        .stream()
                        .map(row -> new PersonView(row.name, row.displayName))
                        .toList(),
                tx.createSelectionQuery("select name from GroupRow order by name", String.class)
                        .getResultList()));
    }

    public Me me(Caller caller) {
        return switch (caller) {
            case Caller.Person person ->
                database.read(tx -> {
                    AccountRow row = tx.get(AccountRow.class, person.id());
                    return new Me(
                            row.name,
                            row.displayName,
                            row.role,
                            row.role.permissions(),
                            groups(tx, row.id),
                            row.role.mostPriority());
                });
            default -> of(caller);
        };
    }

    /** Of somebody without an account. */
    public static Me of(Caller caller) {
        return new Me(caller.name(), caller.name(), null, caller.permissions(), List.of(), 100);
    }

    // ---- groups

    public List<GroupView> groups() {
        return database.read(
                tx -> tx.createSelectionQuery("from GroupRow order by name", GroupRow.class).getResultList().stream()
                        .map(row -> view(tx, row))
                        .toList());
    }

    public GroupView addGroup(GroupAdd group) {
        String name = checkName(group.name(), "a group");
        return change(tx -> {
            if (findGroup(tx, name) != null) {
                throw conflict("NAME_TAKEN", "There is a group '" + name + "' already.");
            }
            GroupRow row = new GroupRow();
            row.id = Ids.next();
            row.name = name;
            row.createdAt = Database.now(tx);
            tx.insert(row);
            Acting.note(tx, "group.add", "group", name, "");
            return view(tx, row);
        });
    }

    /** Removes a group with all that was shared with it. */
    public void removeGroup(String name) {
        this.<@Nullable Void>change(tx -> {
            GroupRow row = knownGroup(tx, name);
            tx.createMutationQuery("delete ShareRow where grantee = :group and granteeKind = :kind")
                    .setParameter("group", row.id)
                    .setParameter("kind", ShareRow.GROUP)
                    .executeUpdate();
            tx.createMutationQuery("delete GroupMemberRow where groupId = :group")
                    .setParameter("group", row.id)
                    .executeUpdate();
            tx.delete(row);
            Acting.note(tx, "group.remove", "group", row.name, "");
            return null;
        });
    }

    public GroupView addMember(String group, String user) {
        return change(tx -> {
            GroupRow row = knownGroup(tx, group);
            AccountRow account = known(tx, user);
            if (tx.<@Nullable GroupMemberRow>get(GroupMemberRow.class, new GroupMemberRow.Key(row.id, account.id))
                    == null) {
                GroupMemberRow member = new GroupMemberRow();
                member.groupId = row.id;
                member.account = account.id;
                member.createdAt = Database.now(tx);
                tx.insert(member);
            }
            Acting.note(tx, "group.member.add", "group", row.name, account.name);
            return view(tx, row);
        });
    }

    public GroupView removeMember(String group, String user) {
        return change(tx -> {
            GroupRow row = knownGroup(tx, group);
            AccountRow account = known(tx, user);
            tx.createMutationQuery("delete GroupMemberRow where groupId = :group and account = :account")
                    .setParameter("group", row.id)
                    .setParameter("account", account.id)
                    .executeUpdate();
            Acting.note(tx, "group.member.remove", "group", row.name, account.name);
            return view(tx, row);
        });
    }

    // ---- how it is done

    private <T extends @Nullable Object> T change(Function<StatelessSession, T> work) {
        T result;
        try {
            result = database.tx(tx -> {
                version.change(tx);
                return work.apply(tx);
            });
        } catch (ConstraintViolationException e) {
            throw conflict("NAME_TAKEN", "Somebody else has just taken that name; choose another.");
        }
        version.changed();
        return result;
    }

    static @Nullable AccountRow find(StatelessSession tx, String name) {
        return tx.createSelectionQuery("from AccountRow where name = :name", AccountRow.class)
                .setParameter("name", normal(name))
                .uniqueResult();
    }

    static AccountRow known(StatelessSession tx, String name) {
        AccountRow row = find(tx, name);
        if (row == null) {
            throw notFound("NO_SUCH_USER", "account", name);
        }
        return row;
    }

    static @Nullable GroupRow findGroup(StatelessSession tx, String name) {
        return tx.createSelectionQuery("from GroupRow where name = :name", GroupRow.class)
                .setParameter("name", normal(name))
                .uniqueResult();
    }

    private static GroupRow knownGroup(StatelessSession tx, String name) {
        GroupRow row = findGroup(tx, name);
        if (row == null) {
            throw notFound("NO_SUCH_GROUP", "group", name);
        }
        return row;
    }

    private static UserView view(StatelessSession tx, AccountRow row) {
        return new UserView(
                row.id,
                row.name,
                row.displayName,
                row.role,
                row.disabled,
                groups(tx, row.id),
                tx.createSelectionQuery(
                                "select max(usedAt) from CredentialRow where account = :account",
                                java.time.Instant.class)
                        .setParameter("account", row.id)
                        .getSingleResultOrNull(),
                row.createdAt);
    }

    private static List<String> groups(StatelessSession tx, String account) {
        return tx.createSelectionQuery(
                        "select g.name from GroupMemberRow m join GroupRow g on g.id = m.groupId"
                                + " where m.account = :account order by g.name",
                        String.class)
                .setParameter("account", account)
                .getResultList();
    }

    private static GroupView view(StatelessSession tx, GroupRow row) {
        return new GroupView(
                row.id,
                row.name,
                tx.createSelectionQuery(
                                "select a.name from GroupMemberRow m join AccountRow a on a.id = m.account"
                                        + " where m.groupId = :group order by a.name",
                                String.class)
                        .setParameter("group", row.id)
                        .getResultList(),
                row.createdAt);
    }

    static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }

    static String checkName(String text, String whose) {
        String name = normal(text);
        if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw new IllegalArgumentException("'" + text + "' cannot be the name of " + whose
                    + ": it has up to 64 small letters, digits, dots, dashes and underscores, begins with a letter or"
                    + " digit, and is none of Kiln's own words.");
        }
        return name;
    }

    private static String displayName(@Nullable String text, String name) {
        String shown = text == null || text.isBlank() ? name : text.strip();
        if (shown.length() > LONGEST_DISPLAY_NAME || shown.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "A display name has up to " + LONGEST_DISPLAY_NAME + " characters and no control characters.");
        }
        return shown;
    }

    private static ApiException notFound(String code, String what, String name) {
        return new ApiException(
                Problem.of(404, code, "There is no such " + what, "There is no " + what + " '" + name + "' here."));
    }

    private static ApiException conflict(String code, String detail) {
        return new ApiException(Problem.of(409, code, "That cannot be", detail));
    }
}
