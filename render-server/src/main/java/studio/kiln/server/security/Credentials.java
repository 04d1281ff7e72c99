package studio.kiln.server.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Caller;
import studio.kiln.core.api.TokenView;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.persistence.AccountRow;
import studio.kiln.server.persistence.CredentialRow;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;

/**
 * Sessions and tokens: issues them, knows them again, takes them back. Only digests are kept. Safe for any number of
 * threads.
 */
public final class Credentials {
    /** How long somebody stays signed in. */
    public static final Duration SESSION = Duration.ofDays(14);

    /** So that a secret that got somewhere it should not be is recognised as one. */
    private static final String PREFIX = "kiln_";

    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private final Database database;
    private final AccessVersion version;
    private final Cache<String, Known> byDigest = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBERED)
            .build();
    private final Cache<String, Standing> byId = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(REMEMBERED)
            .build();

    private record Known(Caller.Person person, Instant expiresAt, long generation) {}

    private record Standing(Optional<Caller.Person> person, long generation) {}

    /** @param secret shown once */
    public record Issued(String secret, CredentialRow row) {
        /** Never shows the secret. */
        @Override
        public String toString() {
            return "Issued[" + row.id + "]";
        }
    }

    /** What is known of somebody who showed a secret. */
    public sealed interface Shown {
        /** It is good. */
        record Good(Caller.Person person) implements Shown {}

        /**
         * It was good once.
         *
         * @param person whose it was
         * @param why part of a sentence: "has expired"
         */
        record Past(Caller.Person person, String why) implements Shown {}

        /** This server has never given it out. */
        record Foreign() implements Shown {}
    }

    public Credentials(Database database, AccessVersion version) {
        this.database = database;
        this.version = version;
    }

    /** Whether {@link #look} answers without the database. */
    boolean isRemembered(String secret) {
        Known known = byDigest.getIfPresent(digest(secret));
        return known != null
                && known.generation == version.generation()
                && Instant.now().isBefore(known.expiresAt);
    }

    /** Whose it is. */
    public Shown look(String secret) {
        if (!secret.startsWith(PREFIX)) {
            return new Shown.Foreign();
        }
        String digest = digest(secret);
        Known known = byDigest.getIfPresent(digest);
        long generation = version.generation();
        if (known != null && known.generation == generation && Instant.now().isBefore(known.expiresAt)) {
            return new Shown.Good(known.person);
        }
        return database.tx(tx -> look(tx, digest, generation));
    }

    private Shown look(StatelessSession tx, String digest, long generation) {
        CredentialRow row = tx.createSelectionQuery("from CredentialRow where digest = :digest", CredentialRow.class)
                .setParameter("digest", digest)
                .uniqueResult();
        if (row == null) {
            return new Shown.Foreign();
        }
        AccountRow account = tx.get(AccountRow.class, row.account);
        Caller.Person person = person(tx, account, row);
        Instant now = Database.now(tx);
        String wrong = wrong(row, account, now);
        if (wrong != null) {
            return new Shown.Past(person, wrong);
        }
        if (row.usedAt == null || row.usedAt.isBefore(now.minus(REMEMBERED))) {
            tx.createMutationQuery("update CredentialRow set usedAt = :now where id = :id")
                    .setParameter("now", now)
                    .setParameter("id", row.id)
                    .executeUpdate();
        }
        byDigest.put(digest, new Known(person, row.expiresAt, generation));
        return new Shown.Good(person);
    }

    private static @Nullable String wrong(CredentialRow row, AccountRow account, Instant now) {
        if (row.revokedAt != null) {
            return "was revoked";
        }
        if (!row.expiresAt.isAfter(now)) {
            return "has expired";
        }
        return account.disabled ? "belongs to an account that is disabled" : null;
    }

    private static Caller.Person person(StatelessSession tx, AccountRow account, CredentialRow row) {
        Set<String> groups = new HashSet<>(
                tx.createSelectionQuery("select groupId from GroupMemberRow where account = :a", String.class)
                        .setParameter("a", account.id)
                        .getResultList());
        return new Caller.Person(
                account.id,
                account.name,
                account.role,
                groups,
                new Caller.Credential(row.id, row.kind.equals(CredentialRow.SESSION)));
    }

    /** Who comes with that credential now; empty when it lets nobody in any more. */
    public Optional<Caller.Person> now(String credentialId) {
        long generation = version.generation();
        Standing known = byId.getIfPresent(credentialId);
        if (known == null || known.generation != generation) {
            known = new Standing(database.read(tx -> now(tx, credentialId)), generation);
            byId.put(credentialId, known);
        }
        return known.person;
    }

    private static Optional<Caller.Person> now(StatelessSession tx, String id) {
        CredentialRow row = tx.<@Nullable CredentialRow>get(CredentialRow.class, id);
        if (row == null) {
            return Optional.empty();
        }
        AccountRow account = tx.get(AccountRow.class, row.account);
        return wrong(row, account, Database.now(tx)) == null ? Optional.of(person(tx, account, row)) : Optional.empty();
    }

    /** Whether it lets somebody in, as {@code tx} sees it. */
    boolean stands(StatelessSession tx, String credentialId) {
        return now(tx, credentialId).isPresent();
    }

    /** Gives somebody a new secret. */
    Issued issue(StatelessSession tx, String accountId, String kind, String name, Duration lasts) {
        String secret = PREFIX + Tokens.next();
        CredentialRow row = new CredentialRow();
        row.id = Ids.next();
        row.account = accountId;
        row.kind = kind;
        row.name = name;
        row.digest = digest(secret);
        row.createdAt = Database.now(tx);
        row.expiresAt = row.createdAt.plus(lasts);
        tx.insert(row);
        return new Issued(secret, row);
    }

    /** Those of an account that are good still, newest first. */
    List<TokenView> of(StatelessSession tx, String accountId, @Nullable String current) {
        return tx
                .createSelectionQuery(
                        "from CredentialRow where account = :account and revokedAt is null and expiresAt > :now"
                                + " order by createdAt desc, id desc",
                        CredentialRow.class)
                .setParameter("account", accountId)
                .setParameter("now", Database.now(tx))
                .getResultList()
                .stream()
                .map(row -> view(row, current))
                .toList();
    }

    static TokenView view(CredentialRow row, @Nullable String current) {
        return new TokenView(
                row.id, row.kind, row.name, row.createdAt, row.expiresAt, row.usedAt, row.id.equals(current));
    }

    /** Takes one of an account back; says whether there was one. */
    boolean revoke(StatelessSession tx, String accountId, String id) {
        return tx.createMutationQuery("update CredentialRow set revokedAt = :now"
                                + " where id = :id and account = :account and revokedAt is null")
                        .setParameter("now", Database.now(tx))
                        .setParameter("id", id)
                        .setParameter("account", accountId)
                        .executeUpdate()
                > 0;
    }

    /** Takes back the sessions of an account. */
    void revokeSessions(StatelessSession tx, String accountId) {
        revokeAll(tx, accountId, List.of(CredentialRow.SESSION));
    }

    /** Takes back all of an account. */
    void revokeAll(StatelessSession tx, String accountId) {
        revokeAll(tx, accountId, List.of(CredentialRow.SESSION, CredentialRow.TOKEN));
    }

    private static void revokeAll(StatelessSession tx, String accountId, List<String> kinds) {
        tx.createMutationQuery(
                        "update CredentialRow set revokedAt = :now where account = :account and revokedAt is null"
                                + " and kind in :kinds")
                .setParameter("now", Database.now(tx))
                .setParameter("account", accountId)
                .setParameterList("kinds", kinds)
                .executeUpdate();
    }

    /** Removes what has been of no use for a month. */
    public void sweep() {
        database.run(tx -> {
            Instant before = Database.now(tx).minus(Duration.ofDays(30));
            tx.createMutationQuery("delete CredentialRow where expiresAt < :before or revokedAt < :before")
                    .setParameter("before", before)
                    .executeUpdate();
        });
    }

    static String digest(String secret) {
        return Sha256.of(secret).hex();
    }
}
