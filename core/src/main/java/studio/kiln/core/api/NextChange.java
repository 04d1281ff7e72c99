package studio.kiln.core.api;

/** @param next whether the task goes before all others, whoever owns them, or in its turn again */
public record NextChange(boolean next) {}
