"""What `harvest doctor` looks at, one file a subject. Each check asks one question and answers with findings to act on."""
