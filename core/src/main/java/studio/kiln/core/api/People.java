package studio.kiln.core.api;

import java.util.List;

/**
 * Whom one can share with.
 *
 * @param groups names
 */
public record People(List<PersonView> users, List<String> groups) {}
