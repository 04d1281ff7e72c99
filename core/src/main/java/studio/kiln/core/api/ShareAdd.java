package studio.kiln.core.api;

import org.jspecify.annotations.Nullable;
import studio.kiln.core.access.Access;

/**
 * Shares something with one account or one group; a share that is there already gets the new access.
 *
 * @param user name of an account, or null
 * @param group name of a group, or null
 */
public record ShareAdd(@Nullable String user, @Nullable String group, Access access) {}
