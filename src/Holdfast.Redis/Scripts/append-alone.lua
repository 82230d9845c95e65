return 'a' .. life .. (state and due == '' and dueOf(state) ~= '' and '1' or '0') .. (expiry or '')
