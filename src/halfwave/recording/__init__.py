"""The file a run leaves behind: schema, writer, reader."""
