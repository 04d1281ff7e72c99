package studio.kiln.server.ops.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a value may be, and how it is told to the parts that use it. */
sealed interface Kind {
    /** What a value should have been, as the end of the sentence "It is ..."; null when it is right. */
    @Nullable
    String wrong(String value);

    /** The value as the parts of the server expect it. */
    default String plain(String value) {
        return value;
    }

    record Text(String what) implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            return value.chars().anyMatch(Character::isISOControl) ? what : null;
        }
    }

    /** Several, in a file as a list, in the environment separated by commas. */
    record Words(String what) implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            return value.chars().anyMatch(Character::isISOControl) ? what : null;
        }
    }

    /** A file or a folder; one in a file is looked for beside it. */
    record Folder() implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            return value.indexOf('\0') >= 0 ? "the path of a file or folder" : null;
        }
    }

    /** A program, or the folder that holds it. */
    record Program() implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            try {
                return Files.exists(Path.of(value)) ? null : "the path of a program that is there";
            } catch (InvalidPathException e) {
                return "the path of a program";
            }
        }
    }

    record Secret() implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            return null;
        }
    }

    record Word(List<String> words) implements Kind {
        Word(String... words) {
            this(List.of(words));
        }

        @Override
        public @Nullable String wrong(String value) {
            return words.contains(value) ? null : "'" + String.join("' or '", words) + "'";
        }
    }

    record YesNo(String yes, String no) implements Kind {
        private static final List<String> YES = List.of("yes", "true", "on", "1");
        private static final List<String> NO = List.of("no", "false", "off", "0");

        @Override
        public @Nullable String wrong(String value) {
            String word = value.toLowerCase(Locale.ROOT);
            return YES.contains(word) || NO.contains(word) ? null : "'yes' or 'no'";
        }

        @Override
        public String plain(String value) {
            return YES.contains(value.toLowerCase(Locale.ROOT)) ? yes : no;
        }
    }

    record Number(long least, long most) implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            boolean right =
                    value.matches("-?\\d{1,18}") && Long.parseLong(value) >= least && Long.parseLong(value) <= most;
            if (right) {
                return null;
            }
            return most == Long.MAX_VALUE
                    ? "a whole number, " + least + " or more"
                    : "a whole number from " + least + " to " + most;
        }
    }

    record Size() implements Kind {
        @Override
        public @Nullable String wrong(String value) {
            return value.matches("(?i)\\d{1,12}\\s*[KMGT]?(I?B)?") ? null : "a size such as 8G";
        }
    }

    /** An address that is no secret, and therefore holds no password. */
    record Address(String example, List<String> schemes) implements Kind {
        Address(String example, String... schemes) {
            this(example, List.of(schemes));
        }

        @Override
        public @Nullable String wrong(String value) {
            URI uri = address(value, schemes);
            boolean open = uri != null
                    && uri.getRawUserInfo() == null
                    && !String.valueOf(uri.getRawQuery())
                            .toLowerCase(Locale.ROOT)
                            .contains("password");
            return open
                    ? null
                    : "an address like " + example + ", without user and password, which have keys of their own";
        }
    }

    record SecretAddress(String example, List<String> schemes) implements Kind {
        SecretAddress(String example, String... schemes) {
            this(example, List.of(schemes));
        }

        @Override
        public @Nullable String wrong(String value) {
            return address(value, schemes) != null
                    ? null
                    : "an address like " + example
                            + "; signs of a password that have a meaning in addresses are written as %XX";
        }
    }

    private static @Nullable URI address(String value, List<String> schemes) {
        for (String scheme : schemes) {
            if (value.startsWith(scheme + "://")) {
                try {
                    URI uri = new URI(
                            value.substring(value.indexOf("://") - scheme.length() + scheme.lastIndexOf(':') + 1));
                    return uri.getHost() == null ? null : uri;
                } catch (URISyntaxException e) {
                    // its own words hold the value
                    return null;
                }
            }
        }
        return null;
    }
}
