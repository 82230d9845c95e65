return {1, tonumber(version), born, changesTerms and 1 or 0, takesExpiry and expiry or stored[5] or ''}
