package studio.kiln.core.api;

import studio.kiln.core.access.Role;

/** What an account shall be from now on. */
public record RoleChange(Role role) {}
