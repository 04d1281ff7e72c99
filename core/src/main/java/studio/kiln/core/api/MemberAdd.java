package studio.kiln.core.api;

/** @param user name of an account */
public record MemberAdd(String user) {}
