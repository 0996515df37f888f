"""Sources 数据源 as parties: who may say what, and who granted it."""
