package studio.kiln.server.security;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.access.Role;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.FirstAdmin;
import studio.kiln.core.api.Me;
import studio.kiln.core.api.PasswordChange;
import studio.kiln.core.api.Problem;
import studio.kiln.core.api.SignIn;
import studio.kiln.core.api.SignedIn;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.core.api.TokenView;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.persistence.AccountRow;
import studio.kiln.server.persistence.CredentialRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.SettingRow;

/**
 * Signing in and out, one's own password and tokens, and the first administrator. Safe for any number of threads; methods
 * throw {@link ApiException}.
 */
public final class Sessions {
    private static final String SETUP = "setup-token";
    private static final int LONGEST_NAME = 64;
    private static final int USUAL_DAYS = 90;
    private static final int MOST_DAYS = 366;
    private static final int MOST_TOKENS = 100;

    private final Database database;
    private final Accounts accounts;
    private final Credentials credentials;
    private final Passwords passwords;
    private final Throttle throttle;
    private final AuditLog audit;
    private final AccessVersion version;

    public Sessions(
            Database database,
            Accounts accounts,
            Credentials credentials,
            Passwords passwords,
            Throttle throttle,
            AuditLog audit,
            AccessVersion version) {
        this.database = database;
        this.accounts = accounts;
        this.credentials = credentials;
        this.passwords = passwords;
        this.throttle = throttle;
        this.audit = audit;
        this.version = version;
    }

    /**
     * A token that makes the first administrator, once; empty when there is an administrator already. An earlier one is void.
     *
     * @param another whether one is wanted though there is an administrator: for who has lost the password
     */
    public Optional<String> setupToken(boolean another) {
        return database.tx(tx -> {
            version.change(tx);
            tx.createMutationQuery("delete SettingRow where name = :name")
                    .setParameter("name", SETUP)
                    .executeUpdate();
            if (Accounts.haveAdmin(tx) && !another) {
                return Optional.empty();
            }
            String token = Tokens.next();
            SettingRow row = new SettingRow();
            row.name = SETUP;
            row.settingValue = Credentials.digest(token);
            row.updatedAt = Database.now(tx);
            tx.insert(row);
            return Optional.of(token);
        });
    }

    /** Makes the first administrator and signs them in. */
    public SignedIn setUp(FirstAdmin first, String address) {
        String name = Accounts.checkName(first.name(), "an account");
        Passwords.check(first.password(), name);
        throttle.begin("setup token", address);
        String digest = Credentials.digest(first.setupToken());
        // hashing costs; nobody gets it for nothing
        if (database.read(tx -> setupDigest(tx)).filter(digest::equals).isEmpty()) {
            audit.refused(name, address, "setup", "user", name, "Wrong setup token");
            throw wrongSetupToken();
        }
        String hash = passwords.hash(first.password());
        SignedIn in = database.tx(tx -> {
            version.change(tx);
            int taken = tx.createMutationQuery("delete SettingRow where name = :name and settingValue = :digest")
                    .setParameter("name", SETUP)
                    .setParameter("digest", digest)
                    .executeUpdate();
            if (taken == 0) {
                throw wrongSetupToken();
            }
            AccountRow row = accounts.insert(tx, name, first.displayName(), Role.ADMIN, hash);
            audit.done(tx, name, address, "setup", "user", name, "as admin, by the setup token");
            return open(tx, row);
        });
        throttle.succeeded("setup token", address);
        version.changed();
        return in;
    }

    private static Optional<String> setupDigest(StatelessSession tx) {
        return Optional.ofNullable(tx.<@Nullable SettingRow>get(SettingRow.class, SETUP))
                .map(row -> row.settingValue);
    }

    private static ApiException wrongSetupToken() {
        return new ApiException(Problem.of(
                403,
                "WRONG_SETUP_TOKEN",
                "That is not the setup token",
                "The setup token is wrong or was used already. The server prints one on its console when it"
                        + " starts without an administrator, or with 'kiln serve --new-admin'."));
    }

    /** Opens a session. Takes as long for a name that nobody has as for a wrong password, and says the same. */
    public SignedIn signIn(SignIn who, String address) {
        String name = Accounts.normal(who.name());
        if (who.password().length() > Passwords.LONGEST || name.length() > LONGEST_NAME) {
            throw wrong();
        }
        throttle.begin(name, address);
        AccountRow row = database.<@Nullable AccountRow>read(tx -> Accounts.find(tx, name));
        boolean right = passwords.matches(who.password(), row == null ? null : row.password);
        if (row == null || !right || row.disabled) {
            audit.refused(name, address, "sign-in", "user", name, "Wrong name or password, or a disabled account");
            throw wrong();
        }
        throttle.succeeded(name, address);
        return database.tx(tx -> {
            // looked at again: the account may have been disabled, or the password changed, while it was hashed
            AccountRow now = Accounts.known(tx, name);
            if (now.disabled || !Objects.equals(row.password, now.password)) {
                throw wrong();
            }
            audit.done(tx, name, address, "sign-in", "user", name, "");
            return open(tx, now);
        });
    }

    private SignedIn open(StatelessSession tx, AccountRow row) {
        Credentials.Issued issued =
                credentials.issue(tx, row.id, CredentialRow.SESSION, "signed in", Credentials.SESSION);
        Me me = new Me(row.name, row.displayName, row.role, row.role.permissions(), List.of(), row.role.mostPriority());
        return new SignedIn(issued.secret(), issued.row().expiresAt, me);
    }

    /** Ends the session, or the token, that the caller came with. */
    public void signOut(Caller.Person caller, String address) {
        database.run(tx -> {
            version.change(tx);
            credentials.revoke(tx, caller.id(), caller.credential().id());
            audit.done(tx, caller, address, "sign-out", "user", caller.name(), "");
        });
        version.changed();
    }

    /** Changes one's own password: all sessions end, and the caller gets a new one. */
    public SignedIn changePassword(Caller.Person caller, PasswordChange change, String address) {
        Passwords.check(change.newPassword(), caller.name());
        throttle.begin(caller.name(), address);
        AccountRow row = database.read(tx -> Accounts.known(tx, caller.name()));
        boolean right = change.oldPassword().length() <= Passwords.LONGEST
                && passwords.matches(change.oldPassword(), row.password);
        if (!right) {
            audit.refused(caller, address, "password", "user", caller.name(), "Wrong old password");
            throw new ApiException(Problem.of(
                    403, "WRONG_PASSWORD", "That is not your password", "The old password is wrong; try again."));
        }
        throttle.succeeded(caller.name(), address);
        String hash = passwords.hash(change.newPassword());
        SignedIn in = database.tx(tx -> {
            version.change(tx);
            AccountRow now = Accounts.known(tx, caller.name());
            if (now.disabled) {
                throw wrong();
            }
            now.password = hash;
            now.updatedAt = Database.now(tx);
            tx.update(now);
            credentials.revokeSessions(tx, now.id);
            audit.done(tx, caller, address, "password", "user", caller.name(), "");
            return open(tx, now);
        });
        version.changed();
        return in;
    }

    // ---- one's own tokens

    public List<TokenView> tokens(Caller.Person caller) {
        return database.read(
                tx -> credentials.of(tx, caller.id(), caller.credential().id()));
    }

    /** Makes a token; only who signed in can: one that leaked shall not be able to make others that outlive it. */
    public TokenAdded addToken(Caller.Person caller, TokenAdd token, String address) {
        if (!caller.credential().session()) {
            audit.refused(caller, address, "token.add", "token", "", "A token makes no tokens");
            throw new ApiException(Problem.of(
                    403,
                    "SESSION_NEEDED",
                    "A token makes no tokens",
                    "Tokens are made by people who signed in with their password: 'kiln login', then try again."));
        }
        String name = token.name().strip();
        if (name.isEmpty() || name.length() > 100 || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("The name of a token says what it is for, in 1 to 100 characters.");
        }
        int days = token.days() == null ? USUAL_DAYS : token.days();
        if (days < 1 || days > MOST_DAYS) {
            throw new IllegalArgumentException("A token lasts from 1 to " + MOST_DAYS + " days, not " + days + ".");
        }
        return database.tx(tx -> {
            version.change(tx);
            if (!credentials.stands(tx, caller.credential().id())) {
                throw wrong();
            }
            if (credentials.of(tx, caller.id(), null).size() >= MOST_TOKENS) {
                throw new ApiException(Problem.of(
                        409,
                        "TOO_MANY_TOKENS",
                        "That cannot be",
                        "There are " + MOST_TOKENS + " tokens and sessions of yours already; revoke some first."));
            }
            Credentials.Issued issued =
                    credentials.issue(tx, caller.id(), CredentialRow.TOKEN, name, Duration.ofDays(days));
            audit.done(tx, caller, address, "token.add", "token", issued.row().id, name + ", " + days + " days");
            return new TokenAdded(
                    issued.secret(),
                    Credentials.view(issued.row(), caller.credential().id()));
        });
    }

    public void revokeToken(Caller.Person caller, String id, String address) {
        database.run(tx -> {
            version.change(tx);
            if (!credentials.revoke(tx, caller.id(), id)) {
                throw new ApiException(Problem.of(
                        404, "NO_SUCH_TOKEN", "There is no such token", "There is no token '" + id + "' of yours."));
            }
            audit.done(tx, caller, address, "token.revoke", "token", id, "");
        });
        version.changed();
    }

    private static ApiException wrong() {
        return new ApiException(Problem.of(
                401,
                "WRONG_PASSWORD",
                "That is not right",
                "The name or the password is wrong; try again, or ask an administrator for a new password."));
    }
}
