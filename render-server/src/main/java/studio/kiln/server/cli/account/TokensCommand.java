package studio.kiln.server.cli.account;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import studio.kiln.core.api.KilnClient;
import studio.kiln.core.api.TokenAdd;
import studio.kiln.core.api.TokenAdded;
import studio.kiln.core.api.TokenView;
import studio.kiln.server.cli.Surroundings;
import studio.kiln.server.cli.Table;
import studio.kiln.server.cli.WholeNumber;

/** {@code kiln tokens}. */
@Command(
        name = "tokens",
        description = "Your sessions, and tokens for programs that work in your name.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TokensCommand.ListThem.class, TokensCommand.Add.class, TokensCommand.Revoke.class},
        footer = {"", "Examples:", "  kiln tokens list", "  kiln tokens add nightly --days 30"})
public final class TokensCommand {
    private TokensCommand() {}

    @Command(
            name = "list",
            description = "Lists sessions and tokens.",
            footer = {"", "Examples:", "  kiln tokens list", "  kiln tokens list --user ada"})
    static final class ListThem extends StudioCommand {
        @Option(names = "--user", paramLabel = "NAME", description = "Whose, for administrators. Without it yours.")
        @Nullable
        String user;

        ListThem(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            List<TokenView> tokens = user == null ? client.tokens() : client.tokensOf(user);
            Table table = new Table("ID", "KIND", "NAME", "EXPIRES", "USED");
            for (TokenView token : tokens) {
                table.row(
                        token.id(),
                        token.kind() + (token.current() ? " (this)" : ""),
                        token.name(),
                        token.expiresAt().toString(),
                        token.usedAt() == null ? "never" : token.usedAt().toString());
            }
            return print(tokens, table, "There are none.");
        }
    }

    @Command(
            name = "add",
            description = "Makes a token; it is shown this once.",
            footer = {"", "Example:", "  kiln tokens add nightly --days 30"})
    static final class Add extends StudioCommand {
        @Parameters(paramLabel = "NAME", description = "What it is for.")
        String name = "";

        @Option(
                names = "--days",
                paramLabel = "N",
                converter = Days.class,
                description = "Until it expires, 1 to 366. Without it 90.")
        @Nullable
        Integer days;

        Add(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            TokenAdded added = client.addToken(new TokenAdd(name, days));
            if (!json) {
                here.err()
                        .println("It is good until " + added.view().expiresAt()
                                + " and shown this once; give it to the program as KILN_TOKEN.");
            }
            return say(added, added.token());
        }
    }

    @Command(
            name = "revoke",
            description = "Voids a token or ends a session.",
            footer = {"", "Example:", "  kiln tokens revoke 0192f3c0a1b2c3d4e5f60718293a4b5c"})
    static final class Revoke extends StudioCommand {
        @Parameters(paramLabel = "ID", description = "As 'kiln tokens list' shows it.")
        String id = "";

        @Option(names = "--user", paramLabel = "NAME", description = "Whose, for administrators. Without it yours.")
        @Nullable
        String user;

        Revoke(Surroundings here) {
            super(here);
        }

        @Override
        int run(KilnClient client) {
            if (user == null) {
                client.revokeToken(id);
            } else {
                client.revokeTokenOf(user, id);
            }
            return say("It is void.");
        }
    }

    /** How long a token is good for. */
    static final class Days extends WholeNumber {
        Days() {
            super(1, 366);
        }
    }
}
